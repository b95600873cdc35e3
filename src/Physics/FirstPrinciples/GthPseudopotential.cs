using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// A norm-conserving pseudopotential of Goedecker, Teter and Hutter in the separable form of Hartwigsen, Goedecker and Hutter,
/// Phys. Rev. B 58, 3641 (1998), equations 1 to 5. Lengths bohr, energies hartree.
/// </summary>
/// <param name="Element">The element.</param>
/// <param name="Name">e.g. <c>GTH-PBE-q6</c>.</param>
/// <param name="ValenceElectrons">Electrons that are not in the core.</param>
/// <param name="LocalRadius">r_loc.</param>
/// <param name="LocalCoefficients">C_1 .. C_n.</param>
/// <param name="Channels">The projectors for l = 0, 1, …</param>
public sealed record GthPseudopotential(
    Element Element, string Name, int ValenceElectrons, double LocalRadius, ImmutableArray<double> LocalCoefficients, ImmutableArray<GthChannel> Channels)
{
    /// <summary>pspxc of the PBE functional in ABINIT's numbering.</summary>
    private const int Pbe = 11;

    /// <summary>
    /// The file that pw.x and ABINIT read (pspcod 10): a row of h per projector, upper triangle; for l >= 1 as many rows of the
    /// spin-orbit matrix k, here zero.
    /// </summary>
    public string ToAbinit()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"Goedecker pseudopotential {Name} for {Element.Symbol}\n");
        text.Append(CultureInfo.InvariantCulture, $"{Element.Number,6}{ValenceElectrons,6}  010101   zatom, zion, pspdat\n");
        text.Append(CultureInfo.InvariantCulture, $"10 {Pbe} {Channels.Length - 1} {Channels.Length} 2001 0   pspcod, pspxc, lmax, lloc, mmax, r2well\n");
        text.Append(CultureInfo.InvariantCulture, $"{LocalRadius,15:F8}{LocalCoefficients.Length,5}");
        foreach (double c in LocalCoefficients)
            text.Append(CultureInfo.InvariantCulture, $"{c,17:F8}");
        text.Append("   rloc, n, c\n");
        text.Append(CultureInfo.InvariantCulture, $"{Channels.Length,6}   channels\n");
        for (int l = 0; l < Channels.Length; l++)
        {
            GthChannel channel = Channels[l];
            text.Append(CultureInfo.InvariantCulture, $"{channel.Radius,15:F8}{channel.Projectors,5}");
            for (int i = 0; i < Math.Max(1, channel.Projectors); i++)
            {
                if (i > 0)
                    text.Append(' ', 20 + 17 * i);
                for (int j = i; j < channel.Projectors; j++)
                    text.Append(CultureInfo.InvariantCulture, $"{channel.At(i, j),17:F8}");
                text.Append('\n');
            }
            for (int i = 0; l > 0 && i < channel.Projectors; i++)
            {
                text.Append(' ', 20 + 17 * i);
                for (int j = i; j < channel.Projectors; j++)
                    text.Append(CultureInfo.InvariantCulture, $"{0.0,17:F8}");
                text.Append('\n');
            }
        }
        return text.ToString();
    }
}

/// <summary>The projectors of one angular momentum.</summary>
/// <param name="Radius">r_l in bohr.</param>
/// <param name="Projectors">How many.</param>
/// <param name="Coupling">Upper triangle of the symmetric matrix h, row by row, hartree.</param>
public sealed record GthChannel(double Radius, int Projectors, ImmutableArray<double> Coupling)
{
    /// <summary>h_ij for i &lt;= j, counted from 0.</summary>
    public double At(int i, int j) => Coupling[i * Projectors - i * (i - 1) / 2 + (j - i)];
}
