using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// Finds the <see cref="PairControl"/> that explains most of an ensemble's anharmonic forces, energies and stresses: least squares on δf, V - V_h and
/// V (P - f⊗u/V) of what each function adds to its own harmonic average. Forces count with the spread of their atoms, which makes them Ry like the energies (for a
/// function of Hermite order n, ⟨∂ψ·C·∂ψ⟩ = n⟨ψ²⟩), and stresses with that spread over the bond length. Stresses must be there: pairs of atoms that meet twice
/// around a small supercell have odd parts that no force shows.
/// </summary>
internal static class PairControlFit
{
    private const int MostParameters = 60;
    private const int RowsPerParameter = 20;
    private const int Batch = 8;
    private const double MostFlops = 1.5e9;
    private const int Stresses = 9;

    /// <summary>Relative damping of directions that the data leave open.</summary>
    private const double Ridge = 1e-6;

    private const int Folds = 4;

    /// <summary>A control that leaves more than this share of the variance of V - V_h is not worth its cost.</summary>
    private const double WorthIt = 0.9;

    /// <param name="ensemble">Configurations; the forces are read at its generating state.</param>
    /// <param name="lattice">Of the unit cell, Å.</param>
    /// <param name="elements">Of the unit cell.</param>
    /// <returns>Null where no control would help.</returns>
    public static PairControl? Of(SampledEnsemble ensemble, Mat3 lattice, IReadOnlyList<Element> elements)
    {
        TrialState state = ensemble.Generating;
        int modes = ensemble.Basis.Modes;
        long rows = (long)ensemble.Count * (modes + 1);
        int groups = (int)Math.Min(MostParameters, rows / RowsPerParameter) / PairPolynomial.Powers;
        if (groups == 0)
            return null;
        PairBonds bonds = PairBonds.Shortest(state, lattice, elements, groups);
        if (bonds.Bonds.Count == 0)
            return null;
        Reduced reduced = new(bonds, state);
        int p = reduced.Parameters;
        int used = (int)Math.Clamp(MostFlops / ((double)(modes + 1) * p * p), Math.Min(40, ensemble.Count), ensemble.Count);
        int folds = ensemble.SampleOf[^1] + 1 >= 2 * Folds ? Folds : 1;
        double[][] coefficients = Solve(ensemble, reduced, [.. Enumerable.Range(0, used).Select(k => (int)((long)k * ensemble.Count / used))], folds);
        PairControl control = new(bonds, reduced.Spreads, [.. coefficients.Select(c => c.Chunk(PairPolynomial.Powers).ToArray())], reduced.Geometry);
        return VarianceLeft(ensemble, control) < WorthIt ? control : null;
    }

    /// <summary>Share of the variance of V - V_h that the control leaves, at the generating state.</summary>
    public static double VarianceLeft(SampledEnsemble ensemble, IKnownPart control)
    {
        double[] plain = new Observables(new Reweighting(ensemble, ensemble.Generating)).EnergyDifferences;
        double[] rest = new Observables(new Reweighting(ensemble.With(control), ensemble.Generating)).EnergyDifferences;
        return Variance(rest) / (Variance(plain) + double.Epsilon);
    }

    private static double[][] Solve(SampledEnsemble ensemble, Reduced reduced, int[] configurations, int folds)
    {
        TrialState state = ensemble.Generating;
        BlochBasis basis = ensemble.Basis;
        int n = basis.Modes, count = ensemble.Count, p = reduced.Parameters, length = n + 1 + Stresses;
        double[] u = basis.ToSupercellRows(ensemble.Displacements, count);
        double[] full = basis.ToSupercellRows(ensemble.Forces, count);
        double[] forces = state.Phi.Apply(ensemble.Displacements, count);
        double[] energies = ensemble.Quadratic(state.Phi, ensemble.Displacements);
        System.Numerics.Tensors.TensorPrimitives.Add(forces, ensemble.Forces, forces);
        forces = basis.ToSupercellRows(forces, count);
        for (int k = 0; k < count; k++)
            energies[k] = ensemble.Energies[k] - 0.5 * energies[k];
        double mean = energies.Average();
        double[] weights = AtomSpreads(state);
        double stressWeight = weights.Average() / reduced.Geometry.Min(g => g.Mean.Norm);
        double[][] stresses = StrainForces(ensemble, u, full);
        double[] design = new double[p * Batch * length], target = new double[Batch * length];
        double[][] grams = new double[folds][], rights = new double[folds][];
        for (int fold = 0; fold < folds; fold++)
        {
            double[] gram = grams[fold] = new double[p * p], right = rights[fold] = new double[p];
            foreach (int[] batch in configurations.Where(c => ensemble.SampleOf[c] % folds == fold).Chunk(Batch))
            {
                Array.Clear(design);
                Array.Clear(target);
                for (int k = 0; k < batch.Length; k++)
                {
                    reduced.Fill(basis, u, count, batch[k], weights, stressWeight, design.AsSpan(k * length), Batch * length);
                    for (int i = 0; i < n; i++)
                        target[k * length + i] = weights[i] * forces[i * count + batch[k]];
                    target[k * length + n] = energies[batch[k]] - mean;
                    for (int ij = 0; ij < Stresses; ij++)
                        target[k * length + n + 1 + ij] = stressWeight * stresses[ij][batch[k]];
                }
                Dense.AddOuter(design, p, design, p, Batch * length, gram, lower: true);
                Dense.AddOuter(target, 1, design, p, Batch * length, right);
            }
            Dense.Mirror(gram, p);
        }
        return [.. Enumerable.Range(0, folds).Select(left => Coefficients(grams, rights, folds == 1 ? -1 : left, p))];
    }

    /// <summary>The fit to all folds but one.</summary>
    private static double[] Coefficients(double[][] grams, double[][] rights, int left, int p)
    {
        double[] gram = new double[p * p], right = new double[p];
        for (int fold = 0; fold < grams.Length; fold++)
        {
            if (fold == left)
                continue;
            System.Numerics.Tensors.TensorPrimitives.Add(gram, grams[fold], gram);
            System.Numerics.Tensors.TensorPrimitives.Add(right, rights[fold], right);
        }
        for (int i = 0; i < p; i++)
            gram[i * p + i] += Ridge * gram[i * p + i] + double.Epsilon;
        LinearSolver.Solve(gram, p, right, 1);
        return right;
    }

    /// <summary>V (P - f⊗u/V) of every configuration about its mean, Ry, shape [9][count].</summary>
    private static double[][] StrainForces(SampledEnsemble ensemble, double[] u, double[] f)
    {
        int count = ensemble.Count;
        double[][] result = new double[Stresses][];
        for (int ij = 0; ij < Stresses; ij++)
        {
            double[] sample = new double[count];
            for (int row = 0; row < ensemble.Basis.Modes; row += 3)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(f.AsSpan((row + ij / 3) * count, count), u.AsSpan((row + ij % 3) * count, count), sample, sample);
            for (int k = 0; k < count; k++)
                sample[k] = -ensemble.Volume * ensemble.Stresses[9 * k + ij] - sample[k];
            double mean = sample.Average();
            result[ij] = Array.ConvertAll(sample, x => x - mean);
        }
        return result;
    }

    /// <summary>Root mean square displacement along an axis, per supercell component, bohr.</summary>
    private static double[] AtomSpreads(TrialState state)
    {
        BlochBasis basis = state.Basis;
        BlochMatrix covariance = state.Covariance();
        double[] result = new double[basis.Modes];
        double[][] atQ = [.. Enumerable.Range(0, basis.Cells).Select(q => covariance.Dynamical(q).Re)];
        for (int s = 0; s < basis.CellAtoms; s++)
        {
            double trace = 0;
            for (int axis = 0; axis < 3; axis++)
                trace += atQ.Sum(re => re[(3 * s + axis) * (basis.Bands + 1)]) / basis.Cells;
            for (int component = 0; component < 3 * basis.Cells; component++)
                result[basis.ComponentOf(component / 3, s, component % 3)] = Math.Sqrt(trace / 3);
        }
        return result;
    }

    private static double Variance(double[] x)
    {
        double mean = x.Average();
        return x.Sum(v => (v - mean) * (v - mean)) / (x.Length - 1);
    }

    /// <summary>The functions of all pairs less their own averages and harmonic parts under one trial state.</summary>
    private sealed class Reduced
    {
        private readonly PairBonds _bonds;
        private readonly (double Value, Vec3 Slope, Mat3 Curvature)[][] _averages;

        public Reduced(PairBonds bonds, TrialState state)
        {
            _bonds = bonds;
            Geometry = PairGeometry.Of(bonds.Bonds, state);
            Spreads = new double[bonds.Lengths.Length];
            int[] members = new int[Spreads.Length];
            for (int b = 0; b < Geometry.Length; b++)
            {
                int group = bonds.Bonds[b].Group;
                Vec3 d = Geometry[b].Mean;
                Spreads[group] += Vec3.Dot(d, Geometry[b].Covariance * d) / d.NormSquared;
                members[group]++;
            }
            for (int g = 0; g < Spreads.Length; g++)
                Spreads[g] = Math.Sqrt(Spreads[g] / members[g]);
            _averages = [.. Geometry.Select((geometry, b) => Enumerable.Range(0, PairPolynomial.Powers).Select(k =>
            {
                double[] one = new double[PairPolynomial.Powers];
                one[k] = 1;
                return PairPolynomial.Average(bonds.Lengths[bonds.Bonds[b].Group], Spreads[bonds.Bonds[b].Group], geometry, one);
            }).ToArray())];
        }

        public double[] Spreads { get; }

        public PairGeometry[] Geometry { get; }

        public int Parameters => Spreads.Length * PairPolynomial.Powers;

        /// <summary>One configuration's weighted forces, energy and stress of every function, rows of a matrix with the given stride.</summary>
        public void Fill(BlochBasis basis, double[] u, int count, int configuration, double[] weights, double stressWeight, Span<double> design, int stride)
        {
            int n = basis.Modes;
            for (int b = 0; b < Geometry.Length; b++)
            {
                PairBond bond = _bonds.Bonds[b];
                double r = _bonds.Lengths[bond.Group], scale = 1 / (2 * r * Spreads[bond.Group]), unit = 2 * scale;
                Vec3 mean = Geometry[b].Mean;
                Mat3 covariance = Geometry[b].Covariance;
                for (int cell = 0; cell < basis.Cells; cell++)
                {
                    int i = basis.ComponentOf(cell, bond.I, 0), j = basis.ComponentOf(PairControl.CellOf(basis, cell, bond.Cell), bond.J, 0);
                    Vec3 w = new(
                        u[j * count + configuration] - u[i * count + configuration],
                        u[(j + 1) * count + configuration] - u[(i + 1) * count + configuration],
                        u[(j + 2) * count + configuration] - u[(i + 2) * count + configuration]);
                    Vec3 d = mean + w;
                    double s = (d.NormSquared - r * r) * scale, power = s;
                    for (int k = 0; k < PairPolynomial.Powers; k++)
                    {
                        (double value, Vec3 slope, Mat3 curvature) = _averages[b][k];
                        Vec3 spring = curvature * w;
                        Vec3 force = (k + 2) * power * unit * d - slope - spring;
                        Span<double> row = design.Slice((bond.Group * PairPolynomial.Powers + k) * stride, n + 1 + Stresses);
                        for (int axis = 0; axis < 3; axis++)
                        {
                            row[i + axis] += weights[i + axis] * force[axis];
                            row[j + axis] -= weights[j + axis] * force[axis];
                            for (int other = 0; other < 3; other++)
                                row[n + 1 + 3 * axis + other] -= stressWeight * force[axis] * mean[other];
                        }
                        power *= s;
                        row[n] += power - value - Vec3.Dot(slope, w) - 0.5 * (Vec3.Dot(w, spring) - (curvature * covariance).Trace);
                    }
                }
            }
        }
    }
}
