using System.Globalization;

namespace Csp.Physics.Sscha;

/// <summary>
/// The Gaussian trial state: force constants, centroids and temperature, with its modes. Rydberg atomic units. Immutable.
/// Monacelli et al., J. Phys.: Condens. Matter 33, 363001 (2021), sections 2 and 3.
/// </summary>
public sealed class TrialState
{
    private readonly Lazy<BlochMatrix> _upsilon;

    /// <param name="phi">Force constants, Ry/bohr^2, symmetric and free of forces under uniform translations.</param>
    /// <param name="centroids">Shape [3n], bohr, unit-cell atoms.</param>
    /// <param name="masses">Shape [n], Rydberg mass units.</param>
    /// <param name="temperature">K.</param>
    /// <param name="constants">Boltzmann constants.</param>
    /// <exception cref="SschaException">A mode other than the translations is imaginary or has no restoring force.</exception>
    public TrialState(BlochMatrix phi, double[] centroids, double[] masses, double temperature, SschaConstants constants)
    {
        if (!(temperature >= 0) || !double.IsFinite(temperature))
            throw new SschaException($"the temperature must be a number from 0 K on, not {temperature.ToString(CultureInfo.InvariantCulture)}");
        Phi = phi;
        Centroids = centroids;
        Masses = masses;
        Temperature = temperature;
        Constants = constants;
        Modes = ModeBlock.Of(phi, masses);
        RequirePositive();
        _upsilon = new Lazy<BlochMatrix>(() => UpsilonAt(temperature));
    }

    public BlochBasis Basis => Phi.Basis;

    /// <summary>Ry/bohr^2.</summary>
    public BlochMatrix Phi { get; }

    /// <summary>Shape [3n], bohr.</summary>
    public double[] Centroids { get; }

    /// <summary>Shape [n], Rydberg mass units.</summary>
    public double[] Masses { get; }

    /// <summary>K.</summary>
    public double Temperature { get; }

    public SschaConstants Constants { get; }

    internal ModeBlock[] Modes { get; }

    /// <summary>Inverse covariance on the space without translations, bohr^-2: M^½ [Σ e eᵀ / a²] M^½ with a² = coth(w/2kT)/(2w).</summary>
    public BlochMatrix Upsilon => _upsilon.Value;

    /// <summary>Σ ln a over the modes: the logarithm of the Gaussian's normalisation.</summary>
    internal double LogWidths => Modes.Sum(b => b.Frequencies.Sum(w => 0.5 * Math.Log(ModeFunctions.Variance(w, Temperature * Constants.Boltzmann))));

    /// <summary>Harmonic free energy of the supercell, Ry.</summary>
    public double HarmonicFreeEnergy => Thermodynamics.Of(Frequencies, Temperature, Constants.Boltzmann).FreeEnergy;

    /// <summary>Frequencies of all modes of the supercell without the three translations, Ry.</summary>
    public IEnumerable<double> Frequencies => Modes.SelectMany(b => b.Frequencies);

    /// <summary>Smallest frequency without the translations, Ry.</summary>
    public double LowestFrequency => Frequencies.Min();

    /// <summary><see cref="Upsilon"/> of the same force constants at another temperature (K).</summary>
    public BlochMatrix UpsilonAt(double temperature) =>
        FromModes(w => 1 / ModeFunctions.Variance(w, temperature * Constants.BoltzmannSampling), inverseMasses: false);

    /// <summary>Equal-time covariance of the displacements, bohr^2: the inverse of <see cref="Upsilon"/> without translations.</summary>
    public BlochMatrix Covariance() => FromModes(w => ModeFunctions.Variance(w, Temperature * Constants.BoltzmannSampling), inverseMasses: true);

    public TrialState With(BlochMatrix phi, double[] centroids) => new(phi, centroids, Masses, Temperature, Constants);

    public TrialState At(double temperature) => new(Phi, Centroids, Masses, temperature, Constants);

    /// <summary>Φ⁻¹ F at Γ without translations: where a force per unit-cell atom (Ry/bohr) moves the centroids (bohr).</summary>
    public double[] HarmonicResponse(ReadOnlySpan<double> force)
    {
        ModeBlock gamma = Modes[Basis.GammaBlock];
        double[] result = new double[force.Length];
        for (int m = 0; m < gamma.Count; m++)
        {
            ReadOnlySpan<double> x = gamma.X.AsSpan(m * gamma.Size, gamma.Size);
            double amplitude = System.Numerics.Tensors.TensorPrimitives.Dot(x, force) / (gamma.Frequencies[m] * gamma.Frequencies[m]);
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(x, amplitude, result, result);
        }
        return result;
    }

    private BlochMatrix FromModes(Func<double, double> f, bool inverseMasses)
    {
        double[][] blocks = new double[Modes.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            ModeBlock modes = Modes[b];
            int n = modes.Size, count = modes.Count;
            // Columns of the modes scaled by the square root of f, so that the outer product is symmetric to the last bit.
            double[] columns = new double[n * count];
            for (int m = 0; m < count; m++)
            {
                double s = Math.Sqrt(f(modes.Frequencies[m]));
                for (int i = 0; i < n; i++)
                    columns[i * count + m] = s * modes.X[m * n + i] * (inverseMasses ? 1 : Masses[i % Basis.Bands / 3]);
            }
            double[] block = new double[n * n];
            Dense.AddOuter(columns, n, columns, n, count, block, lower: true);
            Dense.Mirror(block, n);
            blocks[b] = BlochMatrix.AverageTranslations(block, Basis.Blocks[b], Basis.Bands);
        }
        return new BlochMatrix(Basis, blocks);
    }

    private void RequirePositive()
    {
        double largest = Modes.Max(b => b.Count == 0 ? 0 : b.Squares.Max());
        for (int b = 0; b < Modes.Length; b++)
        {
            foreach (double square in Modes[b].Squares)
            {
                if (square > 1e-10 * largest)
                    continue;
                Crystals.Vec3 q = Basis.QPoint(Basis.Blocks[b].Q);
                double cm = Math.Sign(square) * Math.Sqrt(Math.Abs(square)) * Constants.RydbergInInverseCm;
                throw new SschaException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the trial force constants are {(square < -1e-10 * largest ? "imaginary" : "singular")}: a mode at q = ({q.X:G4}, {q.Y:G4}, {q.Z:G4}) has {cm:F2} cm^-1, and a Gaussian needs every mode but the translations to be real"));
            }
        }
    }
}
