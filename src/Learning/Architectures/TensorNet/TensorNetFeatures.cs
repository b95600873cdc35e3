using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.TensorNet;

/// <summary>What a TensorNet reads from edges: smooth radial functions, the cosine cutoff, and the direction.</summary>
internal sealed class TensorNetFeatures(TensorNetSettings settings)
{
    public const string Radial = "radial";
    public const string Cut = "cut";
    public const string Unit = "unit";

    private readonly SmoothRadialBasis _basis = new(settings.Cutoff, settings.MaxN);

    public EdgeFeature[] Features { get; } =
    [
        new(Radial, settings.MaxN, OnShort: false, Angular: false),
        new(Cut, 1, OnShort: false, Angular: false),
        new(Unit, 3, OnShort: false, Angular: true),
    ];

    /// <summary>The features as functions in a graph; see <see cref="EdgeGraphModel.FeaturesOf"/>.</summary>
    public Dictionary<string, Tensor> InGraph(Graph g, Tensor r, Tensor unit) => new()
    {
        [Radial] = _basis.InGraph(g, r),
        [Cut] = 0.5 + 0.5 * g.Cos(g.Min(r, settings.Cutoff) * (Math.PI / settings.Cutoff)),
        [Unit] = unit,
    };

    public Dictionary<string, TensorData> Collate(IReadOnlyList<Crystal> crystals, IReadOnlyDictionary<Element, int> speciesIndex, Precision precision)
    {
        EdgeBatch batch = new(crystals, settings.Cutoff, shortCutoff: 0);
        Dictionary<string, TensorData> inputs = EdgeInputs.Collate(batch, speciesIndex, precision);
        FeatureArrays radial = new(Features[0], batch.EdgeCount), cut = new(Features[1], batch.EdgeCount), unit = new(Features[2], batch.EdgeCount);
        for (int e = 0; e < batch.EdgeCount; e++)
        {
            double r = batch.Lengths[e];
            _basis.Evaluate(r, radial.Values(e), radial.Derivatives(e));
            (double sin, double cos) = Math.SinCos(Math.PI * Math.Min(r / settings.Cutoff, 1));
            cut.Values(e)[0] = 0.5 * (1 + cos);
            cut.Derivatives(e)[0] = -0.5 * Math.PI / settings.Cutoff * sin;
            ReadOnlySpan<double> n = batch.Directions.AsSpan(3 * e, 3);
            n.CopyTo(unit.Values(e));
            for (int axis = 0; axis < 3; axis++)
            {
                // d n_k / d d_axis = (δ − n_k n_axis)/r
                for (int k = 0; k < 3; k++)
                    unit.Derivatives(e, axis)[k] = ((k == axis ? 1 : 0) - n[k] * n[axis]) / r;
            }
        }
        radial.AddTo(inputs, precision);
        cut.AddTo(inputs, precision);
        unit.AddTo(inputs, precision);
        return inputs;
    }
}
