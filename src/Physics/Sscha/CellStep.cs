using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// How the cell follows the stress: a quasi-Newton step in the six strains. The compliance starts isotropic and learns from the stress changes that its steps
/// caused (Broyden, Math. Comp. 19, 577 (1965)).
/// </summary>
internal sealed class CellStep(SschaCell mode, double bulkModulusGPa)
{
    private const double LargestStrain = 0.03;

    private readonly double[] _compliance = Isotropic(bulkModulusGPa);
    private double[]? _lastResidual;
    private double[]? _lastStrain;

    /// <summary>The part of the stress difference that the allowed strains can remove.</summary>
    public Mat3 Residual(Mat3 pressureGPa, double externalGPa)
    {
        double mean = pressureGPa.Trace / 3;
        Mat3 symmetric = 0.5 * (pressureGPa + pressureGPa.Transpose);
        return mode switch
        {
            SschaCell.Free => symmetric - externalGPa * Mat3.Identity,
            SschaCell.FixedShape => (mean - externalGPa) * Mat3.Identity,
            SschaCell.FixedVolume => symmetric - mean * Mat3.Identity,
            _ => Mat3.Zero,
        };
    }

    /// <summary>The next lattice; a positive residual (too much pressure) expands.</summary>
    public Mat3 Next(Mat3 lattice, Mat3 residualGPa)
    {
        double[] r = Pack(residualGPa);
        if (_lastResidual is not null && _lastStrain is not null)
            Learn(_lastStrain, [.. r.Zip(_lastResidual, (now, before) => before - now)]);
        double[] strain = new double[6];
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
                strain[i] += _compliance[6 * i + j] * r[j];
        }
        Mat3 tensor = Unpack(strain);
        tensor = mode switch
        {
            SschaCell.FixedShape => tensor.Trace / 3 * Mat3.Identity,
            SschaCell.FixedVolume => tensor - tensor.Trace / 3 * Mat3.Identity,
            _ => tensor,
        };
        if (tensor.Norm > LargestStrain)
            tensor = LargestStrain / tensor.Norm * tensor;
        (_lastResidual, _lastStrain) = (r, Pack(tensor));
        Mat3 next = lattice * (Mat3.Identity + tensor);
        return mode == SschaCell.FixedVolume ? Math.Cbrt(Math.Abs(lattice.Determinant / next.Determinant)) * next : next;
    }

    /// <summary>Compliance times stress change = strain, kept symmetric enough by a rank-one correction.</summary>
    private void Learn(double[] strain, double[] change)
    {
        double[] predicted = new double[6];
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
                predicted[i] += _compliance[6 * i + j] * change[j];
        }
        double size = change.Sum(x => x * x), along = strain.Zip(predicted, (a, b) => a * b).Sum();
        // A change against the expected direction is noise, not elasticity.
        if (size < 1e-12 || along <= 0)
            return;
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
                _compliance[6 * i + j] += (strain[i] - predicted[i]) * change[j] / size;
        }
    }

    private static double[] Isotropic(double bulk)
    {
        // Pressure falls by 3B per unit of isotropic strain; shear modulus taken as half the bulk modulus.
        double[] c = new double[36];
        for (int i = 0; i < 6; i++)
        {
            c[7 * i] = 1 / bulk;
            for (int j = 0; j < 3 && i < 3; j++)
                c[6 * i + j] += (1 / (3 * bulk) - 1 / bulk) / 3;
        }
        return c;
    }

    private static double[] Pack(Mat3 m) => [m.XX, m.YY, m.ZZ, Math.Sqrt(0.5) * (m.YZ + m.ZY), Math.Sqrt(0.5) * (m.XZ + m.ZX), Math.Sqrt(0.5) * (m.XY + m.YX)];

    private static Mat3 Unpack(double[] v)
    {
        double s = Math.Sqrt(0.5);
        return new Mat3(v[0], s * v[5], s * v[4], s * v[5], v[1], s * v[3], s * v[4], s * v[3], v[2]);
    }
}
