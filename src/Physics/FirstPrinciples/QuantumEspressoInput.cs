using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>Writes pw.x input (INPUT_PW of Quantum ESPRESSO 6.7).</summary>
internal static class QuantumEspressoInput
{
    /// <summary>Changes whenever what this class writes changes the converged numbers; part of the settings' hash.</summary>
    public const string Scheme = "constant effective cutoff 1.05, 400 Ry, 1/30";

    private const string Prefix = "csp";

    /// <summary>The plane waves reach this factor beyond the cutoff, where the smooth step has become high.</summary>
    private const double BasisMargin = 1.05;

    /// <summary>Half the height of the smooth step in the kinetic energy, Ry.</summary>
    private const double StepHeightRy = 400;

    /// <param name="crystal">Right-handed cell; <see cref="ReducedCell"/>.</param>
    /// <param name="species">Pseudopotential of every element present; file names are <see cref="PseudopotentialFile"/>.</param>
    /// <param name="mesh">k-points.</param>
    /// <param name="settings">Cutoff, smearing, convergence.</param>
    /// <param name="attempt">Mixing and eigensolver.</param>
    /// <param name="stage">Which of the calculations of one attempt.</param>
    /// <param name="bands">Kohn-Sham states per k-point.</param>
    public static string Format(
        Crystal crystal, IReadOnlyList<GthPseudopotential> species, KMesh mesh, QuantumEspressoSettings settings, ScfAttempt attempt, ScfStage stage, int bands)
    {
        bool stone = stage == ScfStage.SteppingStone;
        double smearing = settings.SmearingRy * (stone ? attempt.SteppingStone ?? 1 : 1);
        double convergence = settings.ConvergenceRyPerAtom * crystal.Count * (stone ? 1e3 : 1);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            &control
              calculation = 'scf', prefix = '{Prefix}', outdir = './', pseudo_dir = './'
              tprnfor = .true., tstress = .true., disk_io = '{(attempt.SteppingStone is null ? "none" : "low")}', verbosity = 'high'
            /
            &system
              ibrav = 0, nat = {crystal.Count}, ntyp = {species.Count}, nbnd = {bands}
              ecutwfc = {BasisMargin * settings.CutoffRy}, ecfixed = {settings.CutoffRy}, qcutz = {StepHeightRy}, q2sigma = {settings.CutoffRy / 30:F4}
              occupations = 'smearing', smearing = 'mp', degauss = {smearing}
            /
            &electrons
              conv_thr = {convergence:E3}, electron_maxstep = {attempt.MaxSteps}
              mixing_beta = {attempt.MixingBeta}, mixing_mode = '{attempt.MixingMode}', mixing_ndim = {attempt.MixingHistory}
              diagonalization = '{attempt.Diagonalization}'{(stage == ScfStage.FromDensity ? ", startingpot = 'file'" : "")}
            /
            ATOMIC_SPECIES

            """);
        foreach (GthPseudopotential p in species)
            text.Append(CultureInfo.InvariantCulture, $"{p.Element.Symbol} {p.Element.Mass} {PseudopotentialFile(p)}\n");
        text.Append("CELL_PARAMETERS angstrom\n");
        for (int i = 0; i < 3; i++)
            AppendRow(text, crystal.Lattice.Row(i));
        text.Append("ATOMIC_POSITIONS crystal\n");
        for (int i = 0; i < crystal.Count; i++)
        {
            text.Append(crystal.Elements[i].Symbol).Append(' ');
            AppendRow(text, crystal.FractionalOf(i));
        }
        text.Append(CultureInfo.InvariantCulture, $"K_POINTS automatic\n{mesh.A} {mesh.B} {mesh.C} 0 0 0\n");
        return text.ToString();
    }

    public static string PseudopotentialFile(GthPseudopotential p) => p.Element.Symbol + ".gth";

    /// <summary>
    /// Kohn-Sham states to begin with: those below 3.15 widths of the smearing above the Fermi energy of free electrons of this density (there first-order
    /// Methfessel-Paxton occupations fall below what <see cref="QuantumEspressoOutput.TooFewBands"/> counts), a tenth of the filled ones for their dispersion,
    /// and two, of which one should stay empty: the output is checked for that, and too few cost a calculation. Measured: docs/dft.md.
    /// </summary>
    public static int FirstBands(Crystal crystal, IReadOnlyList<GthPseudopotential> species, double smearingRy)
    {
        double electrons = crystal.Elements.Sum(e => species.First(s => s.Element == e).ValenceElectrons);
        double density = electrons * Math.Pow(Units.BohrInAngstrom, 3) / crystal.Volume;
        double fermiRy = Math.Pow(3 * Math.PI * Math.PI * density, 2.0 / 3);
        // In a dilute cell the formula asks for bands without end; there the check decides.
        double widening = Math.Min(2.5, Math.Pow(1 + 3.15 * smearingRy / fermiRy, 1.5));
        return (int)Math.Ceiling(electrons / 2 * (widening + 0.1)) + 2;
    }

    private static void AppendRow(StringBuilder text, Vec3 v) =>
        text.Append(CultureInfo.InvariantCulture, $"{v.X:F12} {v.Y:F12} {v.Z:F12}\n");
}

/// <summary>The calculations within one attempt.</summary>
internal enum ScfStage
{
    /// <summary>From atomic or uniform density to the end.</summary>
    Whole,

    /// <summary>With wider smearing; only its density is used.</summary>
    SteppingStone,

    /// <summary>From the density of the stepping stone to the end, with the configured smearing.</summary>
    FromDensity,
}
