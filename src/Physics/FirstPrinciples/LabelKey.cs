using System.Security.Cryptography;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// The content address of a label: SHA-256 over the lattice and the fractional positions, both rounded to 1e-8 (Å and 1), the
/// elements, and the labeler's settings. Atoms that differ by a lattice vector count as the same; another atom order, another
/// cell of the same crystal or a rotated crystal is another key.
/// </summary>
public static class LabelKey
{
    private const double Grid = 1e8;

    /// <returns>40 hexadecimal digits.</returns>
    public static string Of(Crystal crystal, string settingsHash)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        writer.Write(settingsHash);
        foreach (double x in crystal.Lattice.ToArray())
            writer.Write((long)Math.Round(x * Grid));
        for (int i = 0; i < crystal.Count; i++)
        {
            writer.Write(crystal.Elements[i].Number);
            Vec3 f = crystal.FractionalOf(i);
            for (int a = 0; a < 3; a++)
                writer.Write((long)Math.Round((f[a] - Math.Floor(f[a])) * Grid) % (long)Grid);
        }
        writer.Flush();
        return Hash(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>40 hexadecimal digits of SHA-256.</summary>
    internal static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..40];
}
