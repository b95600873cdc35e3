using System.Collections.Concurrent;
using System.Text.Json;
using Csp.Actors.Labeling;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Potentials;

namespace Csp.Actors.Workers;

/// <summary>What the jobs of one process share: the run's settings, potentials by hash (built once), the labeler. Safe from several threads.</summary>
internal sealed class JobContext(RunSettings run, int labelers, Action<string> warn)
{
    private readonly ConcurrentDictionary<string, Lazy<IPotential>> _potentials = new();
    private readonly Lazy<ILabeler> _labeler = new(() => LabelerOf(run, labelers, warn));

    public RunSettings Run { get; } = run;

    /// <exception cref="LabelerSettingsException">DFT cannot be run on this machine.</exception>
    public ILabeler Labeler => _labeler.Value;

    /// <exception cref="PotentialException">The bytes are no model.</exception>
    public IPotential Potential(string sha, byte[] bytes) => _potentials.GetOrAdd(sha, _ => new Lazy<IPotential>(() => PotentialSource.FromBytes(bytes))).Value;

    public void Forget(string sha) => _potentials.TryRemove(sha, out _);

    private static ILabeler LabelerOf(RunSettings run, int labelers, Action<string> warn)
    {
        if (run.Labels.Potential is string teacher)
        {
            byte[] bytes = File.ReadAllBytes(teacher);
            return new PotentialLabeler(PotentialSource.FromBytes(bytes), BlobShelf.HashOf(bytes));
        }
        DftPlan dft = run.Dft;
        return new QuantumEspressoLabeler(
            new QuantumEspressoSettings
            {
                PwPath = dft.Pw,
                GthFile = dft.GthFile,
                CutoffRy = dft.CutoffRy,
                KSpacing = dft.KSpacing,
                SmearingRy = dft.SmearingRy,
                ProcessesPerJob = dft.Processes,
                ParallelJobs = Math.Max(1, labelers),
                Timeout = dft.Timeout,
                StoreDirectory = dft.Store,
            },
            warn);
    }
}

/// <summary>Potentials from bytes: model files, or a formula in a few lines of JSON such as <c>{"lennard-jones":{"element":"Ar","epsilon":0.0104,"sigma":3.4}}</c>.</summary>
public static class PotentialSource
{
    /// <exception cref="PotentialException">Neither.</exception>
    public static IPotential FromBytes(byte[] bytes)
    {
        if (bytes.Length == 0 || bytes[0] != (byte)'{')
            return PotentialFile.FromBytes(bytes);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement lj = document.RootElement.GetProperty("lennard-jones");
            return new LennardJones(
                Element.FromSymbol(lj.GetProperty("element").GetString() ?? ""), lj.GetProperty("epsilon").GetDouble(), lj.GetProperty("sigma").GetDouble());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new PotentialException($"not a potential in JSON (\"lennard-jones\" with element, epsilon in eV, sigma in Å): {e.Message}", e);
        }
    }
}
