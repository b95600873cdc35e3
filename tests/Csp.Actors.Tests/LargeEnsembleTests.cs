using System.Text;
using Akka.Actor;
using Csp.Actors.Ensembles;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Runs;
using Csp.Actors.Workers;
using Csp.Benchmarks.Clusters;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>An ensemble of a 1,000-atom supercell crosses the wire between two actor systems with Akka's own frame size, and comes back with the right forces.</summary>
public sealed class LargeEnsembleTests : IDisposable
{
    private const int Copies = 20;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"csp-large-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_ensemble_of_1000_atoms_passes_through_the_wire()
    {
        Crystal supercell = Fcc(5, 5, 10);
        Assert.Equal(1000, supercell.Count);
        int size = 3 * supercell.Count, perChunk = EnsemblesActor.CopiesPerChunk(size, Copies);
        Random random = new(3);
        double[] rest = supercell.Cartesian();
        double[] positions = [.. Enumerable.Range(0, Copies * size).Select(i => rest[i % size] + 0.1 * (random.NextDouble() - 0.5))];
        byte[] model = Encoding.UTF8.GetBytes(RunSettingsExample.Argon);
        IJob[] jobs = [.. Enumerable.Range(0, (Copies + perChunk - 1) / perChunk).Select(c => new ChunkJob(
            $"chunk-{c:D3}", 1, BlobShelf.HashOf(model), supercell, positions[(c * perChunk * size)..Math.Min(positions.Length, (c + 1) * perChunk * size)]))];

        ClusterSettings home = WaitingJobs.Settings(0) with { MaxFrameBytes = 128_000 };
        using IHost host = WaitingJobs.Host(RunSettingsExample.ArgonSearch(_folder, 1), home, out Task<IActorRef> starting);
        await host.StartAsync();
        IActorRef coordinator = await starting;
        ClusterSettings away = home with { Seeds = [WaitingJobs.AddressOf(host)], Slots = new WorkerSlots(0, 0, 0, 2) };
        using IHost node = WaitingJobs.Node(away, executionOf: null);
        await node.StartAsync();
        Results results = await coordinator.Ask<Results>(new HaveDone(jobs, model), TimeSpan.FromSeconds(60));
        await node.StopAsync();
        await host.StopAsync();

        double[] energies = new double[Copies], forces = new double[Copies * size], stresses = new double[9 * Copies];
        PotentialSource.FromBytes(model).EvaluateCopies(supercell, positions, energies, forces, stresses);
        ChunkResult[] chunks = [.. results.All.Cast<ChunkResult>().OrderBy(r => r.Id, StringComparer.Ordinal)];
        Assert.Equal(energies, chunks.SelectMany(c => c.Energies));
        Assert.Equal(forces, chunks.SelectMany(c => c.Forces));
        Assert.Equal(stresses, chunks.SelectMany(c => c.Stresses));
    }

    private static Crystal Fcc(int a, int b, int c)
    {
        (double X, double Y, double Z)[] basis = [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)];
        double[] fractional = [.. from i in Enumerable.Range(0, a)
                                  from j in Enumerable.Range(0, b)
                                  from k in Enumerable.Range(0, c)
                                  from s in basis
                                  from x in (double[])[(i + s.X) / a, (j + s.Y) / b, (k + s.Z) / c]
                                  select x];
        return new Crystal(Mat3.Diagonal(5.3 * a, 5.3 * b, 5.3 * c), [.. Enumerable.Repeat(Element.FromSymbol("Ar"), fractional.Length / 3)], fractional);
    }
}
