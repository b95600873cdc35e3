using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>The energy of a bond as a function of x = r - r0 (Å): value in eV and derivative in eV/Å.</summary>
public abstract record BondLaw(double R0)
{
    public abstract (double Energy, double Derivative) At(double x);
}

/// <summary>k2/2 x² + k3/6 x³ + k4/24 x⁴.</summary>
public sealed record PolynomialBond(double R0, double K2, double K3, double K4) : BondLaw(R0)
{
    public override (double Energy, double Derivative) At(double x) =>
        (x * x * (K2 / 2 + x * (K3 / 6 + x * K4 / 24)), x * (K2 + x * (K3 / 2 + x * K4 / 6)));
}

/// <summary>D (1 - exp(-a x))².</summary>
public sealed record MorseBond(double R0, double D, double A) : BondLaw(R0)
{
    public override (double Energy, double Derivative) At(double x)
    {
        double e = Math.Exp(-A * x);
        return (D * (1 - e) * (1 - e), 2 * D * A * e * (1 - e));
    }
}

/// <summary>A bond from atom <paramref name="I"/> of a cell to atom <paramref name="J"/> of the cell at integer vector (X, Y, Z).</summary>
public readonly record struct Bond(int I, int J, int X, int Y, int Z, BondLaw Law);

/// <summary>
/// A network of bonds with fixed topology: E = Σ v(|x_j(R + R0) - x_i(R0)|) over the bonds of every cell. An oracle for anharmonic phonons: double wells are one
/// negative k2 away. Knows its own crystal only: cells and supercells of it, atoms near their sites.
/// </summary>
public sealed class BondNetwork : IPotential
{
    private readonly Crystal _cell;
    private readonly Bond[] _bonds;

    /// <param name="cell">The unit cell that the bonds are given for.</param>
    /// <param name="bonds">Each bond of the unit cell once.</param>
    public BondNetwork(Crystal cell, IEnumerable<Bond> bonds)
    {
        _cell = cell;
        _bonds = [.. bonds];
    }

    public string Name => "bond network";

    public bool Supports(Element element) => _cell.Elements.Contains(element);

    public PotentialResult Evaluate(Crystal crystal)
    {
        double[] energy = new double[1], forces = new double[3 * crystal.Count], stress = new double[9];
        EvaluateCopies(crystal, crystal.Cartesian(), energy, forces, stress);
        return new PotentialResult(energy[0], forces, Mat3.FromSpan(stress));
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        (int I, int J, Vec3 Shift, BondLaw Law)[] bonds = Resolve(reference);
        int size = 3 * reference.Count;
        for (int copy = 0; copy < energies.Length; copy++)
        {
            ReadOnlySpan<double> x = positions.Slice(copy * size, size);
            Span<double> f = forces.Slice(copy * size, size);
            f.Clear();
            double energy = 0;
            Mat3 virial = Mat3.Zero;
            foreach ((int i, int j, Vec3 shift, BondLaw law) in bonds)
            {
                Vec3 d = Vec3.At(x, j) - Vec3.At(x, i) + shift;
                double r = d.Norm;
                (double e, double de) = law.At(r - law.R0);
                energy += e;
                Vec3 pull = de / r * d;
                (Vec3.At(f, i) + pull).Store(f, i);
                (Vec3.At(f, j) - pull).Store(f, j);
                virial += Mat3.FromRows(pull.X * d, pull.Y * d, pull.Z * d);
            }
            if (!double.IsFinite(energy))
                throw new PotentialException($"{Name} gives an energy that is not finite");
            energies[copy] = energy;
            if (!stresses.IsEmpty)
                (1 / reference.Volume * virial).ToArray().CopyTo(stresses.Slice(9 * copy, 9));
        }
    }

    /// <summary>Finds the site of every atom and with it the two ends and the periodic image of every bond.</summary>
    /// <exception cref="PotentialException">The crystal is not a supercell of the network's own.</exception>
    private (int I, int J, Vec3 Shift, BondLaw Law)[] Resolve(Crystal crystal)
    {
        int[] size = new int[3];
        for (int k = 0; k < 3; k++)
            size[k] = Math.Max(1, (int)Math.Round(crystal.Lattice.Row(k).Norm / _cell.Lattice.Row(k).Norm));
        int cells = size[0] * size[1] * size[2];
        if (crystal.Count != cells * _cell.Count)
            throw new PotentialException($"{Name} knows supercells of its own {_cell} only, not {crystal}");
        Mat3 lattice = Mat3.FromRows(1.0 / size[0] * crystal.Lattice.Row(0), 1.0 / size[1] * crystal.Lattice.Row(1), 1.0 / size[2] * crystal.Lattice.Row(2));
        int[] atomAt = new int[crystal.Count];
        Array.Fill(atomAt, -1);
        (int X, int Y, int Z)[] vectors = new (int, int, int)[crystal.Count];
        for (int i = 0; i < crystal.Count; i++)
        {
            Vec3 f = crystal.FractionalOf(i);
            f = new Vec3(f.X * size[0], f.Y * size[1], f.Z * size[2]);
            double nearest = double.MaxValue;
            int site = -1;
            for (int s = 0; s < _cell.Count; s++)
            {
                if (_cell.Elements[s] != crystal.Elements[i])
                    continue;
                Vec3 d = f - _cell.FractionalOf(s);
                Vec3 whole = new(Math.Round(d.X), Math.Round(d.Y), Math.Round(d.Z));
                double distance = ((d - whole) * lattice).Norm;
                if (distance >= nearest)
                    continue;
                (nearest, site, vectors[i]) = (distance, s, ((int)whole.X, (int)whole.Y, (int)whole.Z));
            }
            int slot = site < 0 ? -1 : Slot(size, vectors[i].X, vectors[i].Y, vectors[i].Z) * _cell.Count + site;
            if (slot < 0 || atomAt[slot] >= 0)
                throw new PotentialException($"{Name} finds no site of its own for atom {i + 1} of {crystal}");
            atomAt[slot] = i;
        }
        List<(int, int, Vec3, BondLaw)> resolved = [];
        for (int cell = 0; cell < cells; cell++)
        {
            (int x, int y, int z) = (cell / (size[1] * size[2]), cell / size[2] % size[1], cell % size[2]);
            foreach (Bond bond in _bonds)
            {
                int i = atomAt[cell * _cell.Count + bond.I];
                (int jx, int jy, int jz) = (x + bond.X, y + bond.Y, z + bond.Z);
                int j = atomAt[Slot(size, jx, jy, jz) * _cell.Count + bond.J];
                Vec3 shift = new Vec3(jx - vectors[j].X - (x - vectors[i].X), jy - vectors[j].Y - (y - vectors[i].Y), jz - vectors[j].Z - (z - vectors[i].Z)) * lattice;
                resolved.Add((i, j, shift, bond.Law));
            }
        }
        return [.. resolved];
    }

    private static int Slot(int[] size, int x, int y, int z) => (Mod(x, size[0]) * size[1] + Mod(y, size[1])) * size[2] + Mod(z, size[2]);

    private static int Mod(int a, int b) => (a % b + b) % b;
}
