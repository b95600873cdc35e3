using System.Collections.Immutable;
using System.Diagnostics;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Search;

/// <summary>
/// Draws random crystals of one request: group, sites (<see cref="SiteCombinations"/>), lattice (<see cref="RandomLattice"/>), then orbit by orbit the
/// free coordinates, each orbit tested as soon as it is drawn. Distances are the same from every atom of an orbit, so one atom of a new orbit is
/// compared with the rest. Holds what all draws share and no state that changes; safe from several threads.
/// </summary>
internal sealed class RandomCrystalGenerator
{
    private const int AttemptsPerGroup = 250;
    private const int TriesPerOrbit = 40;
    private const double FixedSiteWeight = 0.5;

    /// <summary>Wider than the tolerance of an analysis (0.01 Å), so that what counts as lower symmetry here is found to be so there.</summary>
    private const double HigherSymmetryTolerance = 0.02;

    private readonly RandomCrystalRequest _request;
    private readonly Element[] _elements;
    private readonly double[,] _distances;
    private readonly string? _impossible;
    private readonly Lazy<Plan?>[] _plans;

    public RandomCrystalGenerator(RandomCrystalRequest request)
    {
        Check(request);
        _request = request;
        _elements = [.. request.Composition.Counts.Select(c => c.Element)];
        _distances = new double[_elements.Length, _elements.Length];
        for (int i = 0; i < _elements.Length; i++)
        {
            for (int j = 0; j < _elements.Length; j++)
                _distances[i, j] = request.MinDistance(_elements[i], _elements[j]);
        }
        _impossible = Crowded();
        Groups = [.. request.Groups.Distinct().Order()];
        _plans = [.. Groups.Select(g => new Lazy<Plan?>(() => PlanOf(g)))];
    }

    /// <summary>The groups of the request, ascending.</summary>
    public ImmutableArray<int> Groups { get; }

    /// <summary>Draws groups until one gives a crystal, or attempts or time are used up.</summary>
    public RandomCrystalOutcome Generate(SeededRandom random)
    {
        if (_impossible is not null)
            return new RandomCrystalOutcome(0, null, 0, 0, _impossible);
        long start = Stopwatch.GetTimestamp();
        List<int> candidates = [.. Enumerable.Range(0, Groups.Length)];
        int attempts = 0;
        RandomCrystalOutcome? last = null;
        ImmutableArray<(int, int, string)> abandoned = [];
        while (candidates.Count > 0 && attempts < _request.MaxAttempts)
        {
            int pick = random.Next(candidates.Count);
            int group = candidates[pick];
            if (_plans[group].Value is null)
            {
                candidates.RemoveAt(pick);
                continue;
            }
            last = Generate(group, random, start, _request.MaxAttempts - attempts);
            attempts += last.Attempts;
            if (last.Crystal is not null)
                return last with { Attempts = attempts, Abandoned = abandoned };
            abandoned = abandoned.Add((last.RequestedGroup, last.Attempts, last.Reason!));
            if (Stopwatch.GetElapsedTime(start) > _request.TimeLimit)
                break;
        }
        return last is null
            ? new RandomCrystalOutcome(0, null, 0, 0, Unfit(Groups))
            : last with { Attempts = attempts, Abandoned = abandoned, Reason = $"no crystal of {_request.Composition} in {attempts} attempts: {last.Reason}" };
    }

    /// <summary>Why a group (an index of <see cref="Groups"/>) cannot hold the composition; null when it can.</summary>
    public string? WhyNot(int group) => _impossible ?? (_plans[group].Value is null ? Unfit([Groups[group]]) : null);

    /// <summary>One crystal of one group (an index of <see cref="Groups"/>), or the reason why there is none.</summary>
    public RandomCrystalOutcome Generate(int group, SeededRandom random, long start, int maxAttempts = AttemptsPerGroup)
    {
        int number = Groups[group];
        if (_impossible is not null)
            return new RandomCrystalOutcome(number, null, 0, 0, _impossible);
        if (_plans[group].Value is not Plan plan)
            return new RandomCrystalOutcome(number, null, 0, 0, Unfit([number]));
        maxAttempts = Math.Min(maxAttempts, AttemptsPerGroup);
        Workspace work = new(_request.Composition.Total);
        Crystal? higher = null;
        ImmutableArray<SymmetryOperation> symmetry = [];
        int fewest = int.MaxValue, retries = 0, attempt = 0;
        while (attempt < maxAttempts && retries <= _request.HigherSymmetryRetries)
        {
            attempt++;
            if (attempt % 16 == 0 && Stopwatch.GetElapsedTime(start) > _request.TimeLimit)
                break;
            if (!TryPlace(plan, work, random))
                continue;
            Crystal crystal = work.ToCrystal(_elements);
            int operations = work.CountOperations(crystal, HigherSymmetryTolerance);
            if (operations == plan.Order)
                return new RandomCrystalOutcome(number, crystal, number, attempt) { Operations = work.Operations(plan.Table) };
            if (operations < fewest)
                (higher, fewest, symmetry) = (crystal, operations, work.Operations(plan.Table));
            retries++;
        }
        return higher is not null
            ? new RandomCrystalOutcome(number, higher, Spglib.NumberOf(higher), attempt) { Operations = symmetry }
            : new RandomCrystalOutcome(number, null, 0, attempt,
                $"in {attempt} draws of {SpaceGroup.Of(number)} two atoms were always closer than allowed; a larger volume or smaller distances would help");
    }

    private bool TryPlace(Plan plan, Workspace work, SeededRandom random)
    {
        double volume = random.Between(_request.MinVolume, _request.MaxVolume);
        Mat3 conventional = RandomLattice.Draw(plan.Table.Group.System, volume * plan.Table.Centring, random);
        (Mat3 lattice, IntMat3 change) = LatticeReduction.Reduce(plan.Table.PrimitiveBasis * conventional);
        // Every atom has images of itself at the lattice vectors; the shortest one is the first.
        double shortest = lattice.Row(0).Norm;
        for (int e = 0; e < _elements.Length; e++)
        {
            if (shortest < _distances[e, e])
                return false;
        }
        plan.Sites.Draw(random, work.Orbits);
        work.Begin(lattice, change);
        plan.Sort(work.Orbits);
        foreach ((int position, int element) in work.Orbits)
        {
            WyckoffPosition site = plan.Table.Positions[position];
            int tries = site.Freedom == 0 ? 1 : TriesPerOrbit;
            while (tries > 0 && !work.TryAdd(site, element, _distances, random))
                tries--;
            if (tries == 0)
                return false;
        }
        return true;
    }

    private Plan? PlanOf(int number)
    {
        WyckoffTable table = WyckoffTable.Of(number);
        SiteCombinations sites = new(table.Positions, _request.Composition, FixedSiteWeight);
        return sites.IsPossible ? new Plan(table, sites, table.Positions[^1].Multiplicity) : null;
    }

    private string Unfit(ImmutableArray<int> groups) => groups.Length == 1
        ? $"the Wyckoff positions of {SpaceGroup.Of(groups[0])} cannot hold {_request.Composition} in its primitive cell"
        : $"the Wyckoff positions of none of the {groups.Length} space groups can hold {_request.Composition} in their primitive cells";

    /// <summary>Atoms of one element are spheres of their smallest distance, which fill at most pi/sqrt(18) of space (Kepler, Hales).</summary>
    private string? Crowded()
    {
        foreach ((Element element, int count) in _request.Composition.Counts)
        {
            double d = _request.MinDistance(element, element);
            double needed = count * d * d * d / Math.Sqrt(2);
            if (needed > _request.MaxVolume)
                return $"{count} {element} atoms that are {d:G4} Å apart need at least {needed:F1} Å^3, more than the {_request.MaxVolume} Å^3 allowed";
        }
        return null;
    }

    private static void Check(RandomCrystalRequest request)
    {
        if (!(request.MinVolume > 0) || !(request.MaxVolume >= request.MinVolume) || !double.IsFinite(request.MaxVolume))
            throw new ArgumentException($"the volume window must be positive and ascending, not {request.MinVolume} to {request.MaxVolume} Å^3");
        if (!(request.MinDistanceFactor >= 0) || !(request.MinDistanceFloor > 0) || request.MinDistances.Values.Any(d => !(d > 0)))
            throw new ArgumentException("smallest distances must be positive");
        if (request.Composition.Counts.IsEmpty)
            throw new ArgumentException("the composition holds no atoms");
        if (request.Groups.IsDefaultOrEmpty)
            throw new ArgumentException("no space group is requested");
        foreach (int group in request.Groups)
        {
            if (group is < 1 or > 230)
                throw new ArgumentException($"space groups run from 1 to 230, not to {group}");
        }
        if (SiteCombinations.IsTooLarge(request.Composition))
            throw new ArgumentException($"{request.Composition} has too many atoms for random crystals in space groups");
    }

    /// <summary>What all draws of one group share; the order is that of the group modulo its lattice.</summary>
    private sealed record Plan(WyckoffTable Table, SiteCombinations Sites, int Order)
    {
        /// <summary>Orbits that cannot be moved come first, then the large ones: what is hardest to place fails earliest.</summary>
        public void Sort(List<(int Position, int Element)> orbits) => orbits.Sort((a, b) =>
        {
            WyckoffPosition p = Table.Positions[a.Position], q = Table.Positions[b.Position];
            int order = (p.Freedom == 0 ? 0 : 1).CompareTo(q.Freedom == 0 ? 0 : 1);
            order = order != 0 ? order : q.Multiplicity.CompareTo(p.Multiplicity);
            order = order != 0 ? order : a.Position.CompareTo(b.Position);
            return order != 0 ? order : b.Element.CompareTo(a.Element);
        });
    }

    /// <summary>The atoms placed so far, in the reduced cell.</summary>
    private sealed class Workspace(int atoms)
    {
        private readonly double[] _x = new double[atoms], _y = new double[atoms], _z = new double[atoms];
        private readonly int[] _element = new int[atoms];
        private int _count;
        private Mat3 _lattice;
        private IntMat3 _change;
        private Mat3 _toReduced;
        private PeriodicDistances _distances;

        public List<(int Position, int Element)> Orbits { get; } = [];

        public void Begin(Mat3 lattice, IntMat3 change)
        {
            _count = 0;
            _lattice = lattice;
            _change = change;
            _toReduced = change.Inverse.ToMat3();
            _distances = new PeriodicDistances(lattice);
        }

        /// <summary>Adds an orbit at a random point of its position, unless an atom comes too close to another.</summary>
        public bool TryAdd(WyckoffPosition site, int element, double[,] minimum, SeededRandom random)
        {
            Vec3 point = site.Origin;
            foreach (Vec3 direction in site.Directions)
                point += random.NextDouble() * direction;
            Vec3 first = point * _toReduced;
            for (int i = 0; i < _count; i++)
            {
                if (_distances.IsNearer(_x[i] - first.X, _y[i] - first.Y, _z[i] - first.Z, minimum[element, _element[i]]))
                    return false;
            }
            for (int k = 0; k < site.Images.Length; k++)
            {
                Vec3 f = k == 0 ? first : site.Images[k].Apply(point) * _toReduced;
                if (k > 0 && _distances.IsNearer(f.X - first.X, f.Y - first.Y, f.Z - first.Z, minimum[element, element]))
                    return false;
                (_x[_count + k], _y[_count + k], _z[_count + k], _element[_count + k]) = (f.X, f.Y, f.Z, element);
            }
            _count += site.Images.Length;
            return true;
        }

        /// <summary>The atoms sorted by element.</summary>
        public Crystal ToCrystal(Element[] elements)
        {
            double[] fractional = new double[3 * _count];
            ImmutableArray<Element>.Builder kinds = ImmutableArray.CreateBuilder<Element>(_count);
            for (int e = 0; e < elements.Length; e++)
            {
                for (int i = 0; i < _count; i++)
                {
                    if (_element[i] != e)
                        continue;
                    new Vec3(Wrap(_x[i]), Wrap(_y[i]), Wrap(_z[i])).Store(fractional, kinds.Count);
                    kinds.Add(elements[e]);
                }
            }
            return new Crystal(_lattice, kinds.MoveToImmutable(), fractional);
        }

        /// <summary>The operations of the group in the reduced cell, translations in [0, 1).</summary>
        public ImmutableArray<SymmetryOperation> Operations(WyckoffTable table)
        {
            IntMat3 forward = _change.Inverse.Transpose, back = _change.Transpose;
            ImmutableArray<SymmetryOperation>.Builder operations = ImmutableArray.CreateBuilder<SymmetryOperation>();
            foreach (SymmetryOperation o in table.Positions[^1].Images)
            {
                Vec3 t = forward * o.Translation;
                operations.Add(new SymmetryOperation(forward * o.Rotation * back, new Vec3(Wrap(t.X), Wrap(t.Y), Wrap(t.Z))));
            }
            return operations.ToImmutable();
        }

        /// <summary>Number of operations of the finished crystal, whose atoms are sorted by element.</summary>
        public int CountOperations(Crystal crystal, double tolerance)
        {
            Array.Sort(_element, 0, _count);
            return LatticeSymmetry.CountOperations(_lattice, crystal.Fractional, _element.AsSpan(0, _count), tolerance);
        }

        private static double Wrap(double f)
        {
            double w = f - Math.Floor(f);
            return w >= 1 ? 0 : w;
        }
    }
}
