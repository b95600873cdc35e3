using Csp.Physics.Crystals;
using Csp.Physics.Sscha;

namespace Csp.Physics.Phonons;

/// <summary>
/// Harmonic force constants by central differences in a supercell. Only one atom of each symmetry orbit is displaced; the space group gives the others.
/// </summary>
public static class FiniteDifferences
{
    /// <param name="supercell">Supercell of the unit cell.</param>
    /// <param name="basis">Its Bloch basis.</param>
    /// <param name="symmetry">Operations that the supercell keeps.</param>
    /// <param name="evaluator">Forces.</param>
    /// <param name="constants">Conversions.</param>
    /// <param name="step">Å.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>Force constants in Ry/bohr^2, symmetrised, free of forces under uniform translations; answers for the undisplaced supercell; evaluations.</returns>
    /// <exception cref="SschaException">A force is not finite.</exception>
    public static async Task<(BlochMatrix Phi, EnsembleForces Static, int Evaluations)> ForceConstantsAsync(
        Supercell supercell, BlochBasis basis, CrystalSymmetry symmetry, IEnsembleEvaluator evaluator, SschaConstants constants, double step, CancellationToken cancellation)
    {
        int n = basis.Modes, atoms = basis.CellAtoms;
        int[] orbit = symmetry.Orbits();
        int[] displaced = [.. Enumerable.Range(0, atoms).Where(s => orbit[s] == s)];
        double[] start = supercell.Crystal.Cartesian();
        double[] positions = new double[(1 + 6 * displaced.Length) * n];
        for (int k = 0; k <= 6 * displaced.Length; k++)
            start.CopyTo(positions, k * n);
        for (int k = 0; k < 6 * displaced.Length; k++)
            positions[(1 + k) * n + basis.ComponentOf(0, displaced[k / 6], k / 2 % 3)] += k % 2 == 0 ? step : -step;
        EnsembleForces answers = await evaluator.EvaluateAsync(supercell.Crystal, positions, cancellation).ConfigureAwait(false);

        // Row (0 s, α) of Φ is -∂f/∂u; multiplied by the orbit's size because the average over the group spreads it over the orbit.
        double[] rows = new double[n * n];
        double unit = constants.ForceToRydberg / constants.AngstromInBohr;
        for (int d = 0; d < displaced.Length; d++)
        {
            int size = orbit.Count(o => o == displaced[d]);
            for (int axis = 0; axis < 3; axis++)
            {
                ReadOnlySpan<double> plus = answers.Forces.AsSpan((1 + 6 * d + 2 * axis) * n, n), minus = answers.Forces.AsSpan((2 + 6 * d + 2 * axis) * n, n);
                int row = basis.ComponentOf(0, displaced[d], axis);
                for (int c = 0; c < n; c++)
                {
                    double value = -(plus[c] - minus[c]) / (2 * step) * unit;
                    if (!double.IsFinite(value))
                        throw new SschaException($"a force on the displaced supercell is not finite (atom {displaced[d] + 1})");
                    // The average over translations divides by the number of cells.
                    rows[row * n + c] = value * size * basis.Cells;
                }
            }
        }
        BlochMatrix phi = symmetry.Symmetrize(symmetry.Symmetrize(BlochMatrix.FromSupercell(basis, rows), acousticSumRule: false).Symmetric(), acousticSumRule: true);
        EnsembleForces undisplaced = new(answers.Energies[..1], answers.Forces[..n], answers.Stresses[..9]);
        return (phi, undisplaced, answers.Energies.Length);
    }
}
