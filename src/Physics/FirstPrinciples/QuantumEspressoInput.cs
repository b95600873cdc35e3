using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>Writes pw.x input (INPUT_PW of Quantum ESPRESSO 6.7).</summary>
internal static class QuantumEspressoInput
{
    public const string Prefix = "csp";

    /// <param name="crystal">Right-handed cell; <see cref="ReducedCell"/>.</param>
    /// <param name="species">Pseudopotential of every element present; file names are <see cref="PseudopotentialFile"/>.</param>
    /// <param name="mesh">k-points.</param>
    /// <param name="settings">Cutoff, smearing, convergence.</param>
    /// <param name="attempt">Mixing and eigensolver.</param>
    /// <param name="stage">Which of the calculations of one attempt.</param>
    public static string Format(
        Crystal crystal, IReadOnlyList<GthPseudopotential> species, KMesh mesh, QuantumEspressoSettings settings, ScfAttempt attempt, ScfStage stage)
    {
        bool stone = stage == ScfStage.SteppingStone;
        double smearing = settings.SmearingRy * (stone ? attempt.SteppingStone ?? 1 : 1);
        double convergence = settings.ConvergenceRyPerAtom * crystal.Count * (stone ? 1e3 : 1);
        int electrons = crystal.Elements.Sum(e => species.First(s => s.Element == e).ValenceElectrons);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            &control
              calculation = 'scf', prefix = '{Prefix}', outdir = './', pseudo_dir = './'
              tprnfor = .true., tstress = .true., disk_io = '{(attempt.SteppingStone is null ? "none" : "low")}'
            /
            &system
              ibrav = 0, nat = {crystal.Count}, ntyp = {species.Count}, nbnd = {Bands(electrons)}
              ecutwfc = {settings.CutoffRy}, occupations = 'smearing', smearing = 'mp', degauss = {smearing}
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

    /// <summary>pw.x's own choice for metals: a fifth more than the filled bands, at least four more.</summary>
    private static int Bands(int electrons) => Math.Max((int)Math.Ceiling(0.6 * electrons), (electrons + 1) / 2 + 4);

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
