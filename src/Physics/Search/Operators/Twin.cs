using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>
/// A fragment of the parent and its images under a symmetry operation make the whole cell: repeated along one lattice vector, inverted, or, where
/// that vector stands nearly upright on the others, turned by a screw axis or mirrored by a glide plane. What is good in one place of the parent
/// is then everywhere, and the offspring has a symmetry that the parent need not have.
/// </summary>
internal sealed class Twin : IVariationOperator
{
    /// <summary>Cosine below which an axis is straightened to stand upright.</summary>
    private const double NearlyUpright = 0.3;

    private enum Image
    {
        Repeat,
        Inversion,
        Screw,
        Glide,
    }

    public string Name => OperatorNames.Twin;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => settings.Cells.Any(c => c.Total > 1);

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        int normal = random.Next(3);
        Mat3? upright = Upright(parent.Lattice, normal);
        Image image = (Image)random.Next(upright is null ? 2 : 4);
        int[] copies = [.. Enumerable.Range(2, 3).Where(k => parent.Composition.Counts.All(c => c.Count % k == 0))];
        if (image is Image.Repeat or Image.Screw && copies.Length == 0)
            return null;
        int parts = image == Image.Repeat ? random.Pick(copies) : 2;
        if (parts == 2 && image == Image.Screw && !copies.Contains(2))
            return null;
        List<(Element Element, Vec3 Position)> atoms = [];
        double start = random.NextDouble();
        // An odd atom lies on a mirror plane; a glide plane would want a second one.
        bool odd = parent.Composition.Counts.Any(c => c.Count % 2 == 1);
        Vec3 shift = image == Image.Repeat
            ? new Vec3(random.Next(parts), random.Next(parts), random.Next(parts)) * (1.0 / parts)
            : image == Image.Glide ? (odd ? 0 : 0.5) * new Vec3(random.Next(2), random.Next(2), random.Next(2))
            : new Vec3(random.NextDouble(), random.NextDouble(), random.NextDouble());
        int special = random.Next(8);
        foreach ((Element element, int count) in parent.Composition.Counts)
        {
            Vec3[] own = [.. Enumerable.Range(0, parent.Count).Where(i => parent.Elements[i] == element)
                .Select(i => Inside(parent.FractionalOf(i), normal, start)).OrderBy(f => f[normal])];
            foreach (Vec3 f in own.Take(count / parts))
            {
                for (int k = 0; k < parts; k++)
                    atoms.Add((element, k == 0 ? f : ImageOf(f, image, k, parts, normal, shift)));
            }
            // An odd atom sits on an element of symmetry, each on one of its own.
            if (count % parts == 1)
                atoms.Add((element, Special(own[count / 2], image, normal, shift, special++)));
        }
        Mat3 lattice = image is Image.Screw or Image.Glide ? upright!.Value : parent.Lattice;
        return new Crystal(lattice, [.. atoms.Select(a => a.Element)], [.. atoms.SelectMany(a => new[] { a.Position.X, a.Position.Y, a.Position.Z })])
            .ScaledToVolume(parent.Volume);
    }

    /// <summary>Measured from the start of the fragment, 0 to 1 along the normal.</summary>
    private static Vec3 Inside(Vec3 f, int normal, double start)
    {
        double x = f[normal] - start;
        return With(f, normal, x - Math.Floor(x));
    }

    private static Vec3 ImageOf(Vec3 f, Image image, int k, int parts, int normal, Vec3 shift) => image switch
    {
        Image.Repeat => With(f + k * shift, normal, f[normal] + (double)k / parts),
        Image.Inversion => With(shift - f, normal, -f[normal]),
        Image.Screw => With(shift - f, normal, f[normal] + 0.5),
        _ => With(f + shift, normal, -f[normal]),
    };

    private static Vec3 Special(Vec3 f, Image image, int normal, Vec3 shift, int which) => image == Image.Inversion
        ? With(0.5 * shift, normal, 0) + 0.5 * new Vec3(which & 1, (which >> 1) & 1, (which >> 2) & 1)
        : With(f, normal, 0.5 * (which & 1));

    private static Vec3 With(Vec3 f, int axis, double x) => axis switch { 0 => f with { X = x }, 1 => f with { Y = x }, _ => f with { Z = x } };

    /// <summary>The lattice with one vector turned perpendicular to the other two; null where it leans too much.</summary>
    private static Mat3? Upright(Mat3 lattice, int normal)
    {
        Vec3 a = lattice.Row((normal + 1) % 3), b = lattice.Row((normal + 2) % 3), c = lattice.Row(normal);
        Vec3 n = Vec3.Cross(a, b);
        n *= 1 / n.Norm;
        double height = Vec3.Dot(c, n);
        if (Math.Sqrt(Math.Max(0, 1 - height * height / Vec3.Dot(c, c))) > NearlyUpright)
            return null;
        Vec3[] rows = [lattice.Row(0), lattice.Row(1), lattice.Row(2)];
        rows[normal] = height * n;
        return Mat3.FromRows(rows[0], rows[1], rows[2]);
    }
}
