using BenchmarkDotNet.Attributes;
using Csp.Learning.Architectures;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Benchmarks;

/// <summary>
/// The compact potential on 32-atom compressed Im-3m H3S with displaced atoms (see H3SCells), one thread: a step of a relaxation in
/// every precision and register width, the plain formulas, and an ensemble of 500 copies. Divide by 32 for microseconds per atom.
/// </summary>
public class CompactKernelBenchmarks
{
    private const int Copies = 500;

    private readonly Crystal _crystal = H3SCells.Displaced(2, 0.05, seed: 1);
    private readonly CompactPotential _double512, _double256, _single512, _single256;
    private readonly CompactReference _plain;
    private readonly double[] _positions, _energies, _forces, _stresses;

    public CompactKernelBenchmarks()
    {
        CompactModel model = CompactStart.Random(new CompactSettings { RadialCutoff = 5, AngularCutoff = 4 }, [_crystal], seed: 1);
        _double512 = new(model, new CompactKernel<Lanes512Double, double>(model));
        _double256 = new(model, new CompactKernel<Lanes256Double, double>(model));
        _single512 = new(model, new CompactKernel<Lanes512Single, float>(model));
        _single256 = new(model, new CompactKernel<Lanes256Single, float>(model));
        _plain = new(model);
        _positions = [.. Enumerable.Range(0, Copies).SelectMany(c => H3SCells.Displaced(2, 0.15, seed: c).Cartesian())];
        _energies = new double[Copies];
        _forces = new double[_positions.Length];
        _stresses = new double[9 * Copies];
    }

    [Benchmark]
    public PotentialResult Double512() => _double512.Evaluate(_crystal);

    [Benchmark]
    public PotentialResult Double256() => _double256.Evaluate(_crystal);

    [Benchmark]
    public PotentialResult Single512() => _single512.Evaluate(_crystal);

    [Benchmark]
    public PotentialResult Single256() => _single256.Evaluate(_crystal);

    [Benchmark]
    public PotentialResult Plain() => _plain.Evaluate(_crystal);

    [Benchmark]
    public void Ensemble500() => _double512.EvaluateCopies(H3SCells.Displaced(2, 0, seed: 0), _positions, _energies, _forces, _stresses);
}
