using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.M3GNet;

/// <summary>
/// What an M3GNet reads from edges: the radial basis of every edge, and for short edges the radial part of the three-body basis
/// c(r) S_ln(r) sqrt((2l+1)/4π), the cutoff c(r), and real harmonics whose products sum to Legendre polynomials.
/// </summary>
internal sealed class M3GNetFeatures
{
    public const string Radial = "radial";
    public const string Three = "three_body";
    public const string Cut = "cut";
    public const string Harmonics = "harmonics";

    private readonly M3GNetSettings _settings;
    private readonly SmoothRadialBasis _smooth;
    private readonly SphericalBesselBasis? _bessel;

    /// <param name="settings">Sizes.</param>
    /// <param name="constants">Basis constants of a weights file, by name; empty to use the exact ones.</param>
    public M3GNetFeatures(M3GNetSettings settings, IReadOnlyDictionary<string, double[]> constants)
    {
        _settings = settings;
        int columns = settings.MaxN * settings.MaxL;
        bool besselNeeded = settings.EdgeBasis == EdgeBasisKind.SphericalBessel || settings.ThreeBodyBasis == EdgeBasisKind.SphericalBessel;
        _smooth = new SmoothRadialBasis(settings.Cutoff, settings.ThreeBodyBasis == EdgeBasisKind.Smooth ? columns : settings.MaxN, constants);
        _bessel = !besselNeeded ? null : new SphericalBesselBasis(
            settings.Cutoff, settings.MaxL, settings.MaxN,
            constants.TryGetValue("coef", out double[]? coefficients) && coefficients.Length == 4 * 9 * 4
                ? (coefficients, constants.TryGetValue("factor", out double[]? factor) && factor.Length == 1 ? factor[0] : null)
                : null);
        RadialColumns = settings.EdgeBasis == EdgeBasisKind.Smooth ? settings.MaxN : columns;
        Features =
        [
            new EdgeFeature(Radial, RadialColumns, OnShort: false, Angular: false),
            new EdgeFeature(Three, columns, OnShort: true, Angular: false),
            new EdgeFeature(Cut, 1, OnShort: true, Angular: false),
            new EdgeFeature(Harmonics, settings.MaxL * settings.MaxL, OnShort: true, Angular: true),
        ];
    }

    public int RadialColumns { get; }

    public EdgeFeature[] Features { get; }

    public Dictionary<string, TensorData> Collate(IReadOnlyList<Crystal> crystals, IReadOnlyDictionary<Element, int> speciesIndex, Precision precision)
    {
        EdgeBatch batch = new(crystals, _settings.Cutoff, _settings.ThreeBodyCutoff);
        Dictionary<string, TensorData> inputs = EdgeInputs.Collate(batch, speciesIndex, precision);
        FeatureArrays radial = new(Features[0], batch.EdgeCount), three = new(Features[1], batch.Short.Length);
        FeatureArrays cut = new(Features[2], batch.Short.Length), harmonics = new(Features[3], batch.Short.Length);
        int width = Math.Max(_smooth.Count, _bessel?.Count ?? 0);
        Span<double> value = stackalloc double[width], slope = stackalloc double[width];
        Span<double> y = stackalloc double[24], dy = stackalloc double[72];
        for (int e = 0; e < batch.EdgeCount; e++)
        {
            Basis(_settings.EdgeBasis, batch.Lengths[e], value, slope);
            value[..RadialColumns].CopyTo(radial.Values(e));
            slope[..RadialColumns].CopyTo(radial.Derivatives(e));
        }
        for (int s = 0; s < batch.Short.Length; s++)
        {
            int e = (int)batch.Short[s];
            double r = batch.Lengths[e];
            Basis(_settings.ThreeBodyBasis, r, value, slope);
            (double c, double dc) = Cutoff(r);
            cut.Values(s)[0] = c;
            cut.Derivatives(s)[0] = dc;
            Span<double> b = three.Values(s), db = three.Derivatives(s);
            for (int k = 0; k < b.Length; k++)
            {
                double norm = Math.Sqrt((2 * (k / _settings.MaxN) + 1) / (4 * Math.PI));
                b[k] = norm * c * value[k];
                db[k] = norm * (dc * value[k] + c * slope[k]);
            }
            ReadOnlySpan<double> direction = batch.Directions.AsSpan(3 * e, 3);
            RealHarmonics.Evaluate(direction, y);
            RealHarmonics.Gradients(direction, dy);
            Span<double> z = harmonics.Values(s);
            z[0] = 1;
            for (int k = 1; k < z.Length; k++)
            {
                z[k] = y[k - 1];
                for (int axis = 0; axis < 3; axis++)
                    harmonics.Derivatives(s, axis)[k] = dy[3 * (k - 1) + axis] / r;
            }
        }
        radial.AddTo(inputs, precision);
        three.AddTo(inputs, precision);
        cut.AddTo(inputs, precision);
        harmonics.AddTo(inputs, precision);
        return inputs;
    }

    /// <summary>The features as functions in a graph; see <see cref="EdgeGraphModel.FeaturesOf"/>.</summary>
    public Dictionary<string, Tensor> InGraph(Graph g, Tensor r, Tensor unit)
    {
        Tensor radial = BasisIn(_settings.EdgeBasis), three = BasisIn(_settings.ThreeBodyBasis);
        Tensor x = g.Min(r * (1 / _settings.ThreeBodyCutoff), 1), cut = 1 - x * x * x * (10 - x * (15 - 6 * x));
        double[] norms = [.. Enumerable.Range(0, _settings.MaxN * _settings.MaxL).Select(k => Math.Sqrt((2 * (k / _settings.MaxN) + 1) / (4 * Math.PI)))];
        Tensor[] harmonics = RealHarmonicsGraph.Columns(g, unit);
        Tensor one = harmonics[0] * 0 + 1;
        return new()
        {
            [Radial] = g.Slice(radial, 1, 0, RadialColumns),
            [Three] = cut * g.Slice(three, 1, 0, norms.Length) * g.Constant(norms, 1, norms.Length),
            [Cut] = cut,
            [Harmonics] = g.Concat(1, [one, .. harmonics[..(_settings.MaxL * _settings.MaxL - 1)]]),
        };

        Tensor BasisIn(EdgeBasisKind kind) => kind == EdgeBasisKind.Smooth ? _smooth.InGraph(g, r) : _bessel!.InGraph(g, r);
    }

    private void Basis(EdgeBasisKind kind, double r, Span<double> value, Span<double> slope)
    {
        if (kind == EdgeBasisKind.Smooth)
            _smooth.Evaluate(r, value, slope);
        else
            _bessel!.Evaluate(r, value, slope);
    }

    // c(r) = 1 - 10x³ + 15x⁴ - 6x⁵, x = r/r_3.
    private (double Value, double Derivative) Cutoff(double r)
    {
        double x = Math.Min(r / _settings.ThreeBodyCutoff, 1);
        return (1 - x * x * x * (10 - x * (15 - 6 * x)), -30 * x * x * (1 - x) * (1 - x) / _settings.ThreeBodyCutoff);
    }
}
