using System.Collections.Immutable;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;

namespace Csp.Actors.Population;

/// <summary>The head of the pool as rows for people; space groups are looked up once per structure and model.</summary>
internal sealed class RankedRows(Composition formula)
{
    private const int Rows = 12;
    private readonly Dictionary<(ulong Id, int Model), (string Symbol, int Number, string Loose)> _groups = [];
    private readonly Dictionary<ulong, DftKnown> _dft = [];

    public void DftKnown(DftKnown known)
    {
        if (known.Purpose is Csp.Actors.Jobs.LabelPurpose.Search or Csp.Actors.Jobs.LabelPurpose.Final)
            _dft[known.Source] = known;
    }

    public ImmutableArray<RankedStructure> Of(ImmutableArray<HeadEntry> head) => [.. head.Take(Rows).Select(Row)];

    /// <summary>e.g. <c>random 166</c>, <c>heredity s3 s9</c>.</summary>
    public static string OriginOf(Proposal p) => OriginOf(p.Operator, [.. p.Parents], p.RequestedGroup);

    public static string OriginOf(string name, IReadOnlyList<ulong> parents, int? group) =>
        string.Join(' ', (string[])[name, .. group is int g ? [g.ToString(System.Globalization.CultureInfo.InvariantCulture)] : Array.Empty<string>(), .. parents.Select(p => $"s{p}")]);

    /// <summary>Model minus DFT, meV/atom, or null without a label.</summary>
    public double? DifferenceMeV(HeadEntry entry) =>
        _dft.TryGetValue(entry.Id, out DftKnown? dft) ? 1000 * (entry.EnthalpyPerAtom - dft.EnthalpyPerAtom) : null;

    private RankedStructure Row(HeadEntry entry)
    {
        if (!_groups.TryGetValue((entry.Id, entry.Model), out (string Symbol, int Number, string Loose) group))
        {
            (string symbol, int number) = Spglib.SpaceGroupOf(entry.Crystal, 0.05);
            _groups[(entry.Id, entry.Model)] = group = (symbol, number, Spglib.SpaceGroupOf(entry.Crystal, 0.2).Symbol);
        }
        DftKnown? dft = _dft.GetValueOrDefault(entry.Id);
        return new RankedStructure
        {
            Id = $"s{entry.Id}",
            Formula = formula.ToString(),
            Atoms = entry.Crystal.Count,
            SpaceGroup = group.Symbol,
            SpaceGroupNumber = group.Number,
            SpaceGroupLoose = group.Loose,
            EnthalpyModel = entry.EnthalpyPerAtom,
            EnthalpyDft = dft?.EnthalpyPerAtom,
            DifferenceMeV = dft is null ? null : 1000 * (entry.EnthalpyPerAtom - dft.EnthalpyPerAtom),
            PressureDftGPa = dft?.PressureGPa,
            MaxForceDft = dft?.MaxForce,
            VolumePerAtom = entry.Crystal.Volume / entry.Crystal.Count,
            Origin = entry.Origin,
            Uncertainty = entry.Uncertainty,
            Generation = entry.Generation,
            ModelVersion = entry.Model,
        };
    }
}
