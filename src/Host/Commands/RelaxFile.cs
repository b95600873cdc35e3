using System.Globalization;
using Csp.Host.Errors;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;

namespace Csp.Host.Commands;

/// <summary>Relaxed structures as a file: written while <c>csp relax</c> goes on, and read to go on. Rejected structures are not in it.</summary>
/// <param name="path">Where it is written.</param>
/// <param name="inputs">The structures to relax.</param>
/// <param name="potential">Their model.</param>
/// <param name="settings">How they are relaxed.</param>
internal sealed class RelaxFile(string path, IReadOnlyList<Frame> inputs, IPotential potential, RelaxationSettings settings)
{
    private readonly SortedDictionary<int, Frame> _relaxed = [];

    /// <summary>All that decides the result, in one line.</summary>
    private readonly string _request = string.Create(CultureInfo.InvariantCulture,
        $"{potential.Name}, {settings.PressureGPa} GPa, to {settings.ForceTolerance} eV/Å and {settings.StressToleranceGPa} GPa, {settings.MaxEvaluations} evaluations{(settings.RelaxCell ? "" : ", fixed cell")}{(settings.KeepSymmetry ? ", symmetry kept" : "")}");

    public string Path { get; } = path;

    /// <param name="index">Of the input, from 0.</param>
    /// <param name="outcome">Its relaxation.</param>
    public void Add(int index, RelaxationOutcome outcome)
    {
        if (outcome.Status == RelaxationStatus.Rejected)
            return;
        _relaxed[index] = (Frame.Of(outcome.Crystal, outcome.Result!) with { Info = inputs[index].Info })
            .With("structure", (index + 1).ToString(CultureInfo.InvariantCulture))
            .With("relaxed_by", _request)
            .With("enthalpy_ev_per_atom", outcome.EnthalpyPerAtom.ToString("R", CultureInfo.InvariantCulture))
            .With("converged", outcome.Status == RelaxationStatus.Converged ? "T" : "F")
            .With("evaluations", outcome.Evaluations.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>In the order of the inputs; complete or not at all.</summary>
    public void Write() => Structures.Replace(Path, _relaxed.Values);

    /// <summary>Takes what an earlier call left at <see cref="Path"/>, if it left anything.</summary>
    /// <returns>Outcomes by index of the input.</returns>
    /// <exception cref="CommandException">It was relaxed otherwise, or is no relaxation of these inputs.</exception>
    public IReadOnlyDictionary<int, RelaxationOutcome> Resume()
    {
        Dictionary<int, RelaxationOutcome> outcomes = [];
        if (!File.Exists(Path))
            return outcomes;
        foreach ((int k, Frame frame) in StructureFile.Read(Path).Index())
        {
            string where = $"{Path}, structure {k + 1}";
            if (frame["relaxed_by"] is not string request || !int.TryParse(frame["structure"], CultureInfo.InvariantCulture, out int number)
                || !double.TryParse(frame["enthalpy_ev_per_atom"], CultureInfo.InvariantCulture, out double enthalpy) || !int.TryParse(frame["evaluations"], CultureInfo.InvariantCulture, out int evaluations)
                || frame is not { Energy: double energy, Forces: double[] forces, Stress: { } stress })
                throw new CommandException($"{where}: csp relax did not write it, so there is nothing to resume");
            if (request != _request)
                throw new CommandException($"{where}: it was relaxed by {request}, not by {_request}");
            if (number < 1 || number > inputs.Count || !inputs[number - 1].Crystal.Composition.Equals(frame.Crystal.Composition))
                throw new CommandException($"{where}: it is not structure {number} of the input");
            _relaxed[number - 1] = frame;
            outcomes[number - 1] = new RelaxationOutcome(
                frame["converged"] == "T" ? RelaxationStatus.Converged : RelaxationStatus.Unfinished, frame.Crystal, new PotentialResult(energy, forces, stress), enthalpy, evaluations);
        }
        return outcomes;
    }
}
