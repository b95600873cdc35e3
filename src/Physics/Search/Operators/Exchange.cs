using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>Takes the parent to another composition of the search: atoms change their element, leave, or come in where there is most room.</summary>
internal sealed class Exchange : IVariationOperator
{
    private const int Trials = 60;

    public string Name => OperatorNames.Exchange;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => settings.Compositions.Length > 1;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        Composition[] targets = [.. settings.Cells
            .Where(c => !c.Equals(parent.Composition) && Math.Abs(c.Total - parent.Count) <= Math.Max(2, parent.Count / 4))];
        if (targets.Length == 0)
            return null;
        Composition target = random.Pick(targets);
        List<(Element Element, Vec3 Position)> atoms = [.. Enumerable.Range(0, parent.Count).Select(i => (parent.Elements[i], parent.FractionalOf(i)))];
        List<Element> missing = [.. target.Counts.SelectMany(c => Enumerable.Repeat(c.Element, Math.Max(0, c.Count - parent.Composition[c.Element])))];
        foreach ((Element element, int count) in parent.Composition.Counts)
        {
            for (int surplus = count - target[element]; surplus > 0; surplus--)
            {
                int[] own = [.. Enumerable.Range(0, atoms.Count).Where(i => atoms[i].Element == element)];
                int chosen = random.Pick(own);
                Vec3 position = atoms[chosen].Position;
                atoms.RemoveAt(chosen);
                if (missing.Count == 0)
                    continue;
                int replacement = random.Next(missing.Count);
                atoms.Add((missing[replacement], position));
                missing.RemoveAt(replacement);
            }
        }
        double volume = parent.Volume / parent.Count * target.Total;
        foreach (Element element in missing)
            atoms.Add((element, Roomiest(parent.Lattice, atoms, random)));
        return new Crystal(parent.Lattice, [.. atoms.Select(a => a.Element)], [.. atoms.SelectMany(a => new[] { a.Position.X, a.Position.Y, a.Position.Z })])
            .ScaledToVolume(volume);
    }

    /// <summary>Of some random places the one farthest from every atom (nearest images of a reduced cell).</summary>
    private static Vec3 Roomiest(Mat3 lattice, List<(Element, Vec3 Position)> atoms, Random random)
    {
        (Vec3 best, double room) = (Vec3.Zero, -1);
        for (int trial = 0; trial < Trials; trial++)
        {
            Vec3 place = new(random.NextDouble(), random.NextDouble(), random.NextDouble());
            double nearest = double.PositiveInfinity;
            foreach ((_, Vec3 position) in atoms)
            {
                Vec3 d = place - position;
                d -= new Vec3(Math.Round(d.X), Math.Round(d.Y), Math.Round(d.Z));
                nearest = Math.Min(nearest, (d * lattice).Norm);
            }
            if (nearest > room)
                (best, room) = (place, nearest);
        }
        return best;
    }
}
