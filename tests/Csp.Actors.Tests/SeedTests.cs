using System.Diagnostics;
using Akka.Actor;
using Akka.Hosting;
using Csp.Actors.Hosting;
using Csp.Actors.Jobs;
using Csp.Actors.Population;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>Known structures in a run: from a watched folder and as prototypes, before and while it searches, over an interruption.</summary>
public sealed class SeedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-seeds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Crystal Cubic(double a) => new(Mat3.Diagonal(a, a, a), [Element.FromSymbol("Ar")], [0, 0, 0]);

    private string Seeds => Path.Combine(_folder, "seeds");

    /// <summary>Complete since a while: the folder's reader waits for files that may still be written.</summary>
    private void Put(string name, params Crystal[] crystals)
    {
        string file = Path.Combine(_folder, name);
        StructureFile.Write(file, crystals.Select(c => new Frame(c)));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        File.Move(file, Path.Combine(Seeds, name), overwrite: true);
    }

    [Fact]
    public async Task Seeds_are_relaxed_once_each_whenever_they_come_and_whatever_interrupts_the_run()
    {
        Directory.CreateDirectory(Seeds);
        RunSettings example = RunSettingsExample.ArgonSearch(_folder, 1_000_000);
        RunSettings run = example with { Search = example.Search with { Seeds = [Seeds], Prototypes = ["A1", "A2"] } };
        Put("first.extxyz", Cubic(3.5));
        using (IHost host = await StartAsync(run, resume: false))
        {
            IReadOnlyList<IRunEvent> begun = await JournalAsync(run, events => Relaxed(events).Count >= 3);
            // Before anything else, under the first numbers.
            Assert.Equal([1, 2, 3], begun.OfType<SeedTaken>().Select(e => e.Structure));
            Assert.Equal(["prototypes", "prototypes", Path.Combine(Seeds, "first.extxyz")], begun.OfType<SeedTaken>().Select(e => e.From));

            Put("salt.extxyz", new Crystal(Mat3.Diagonal(4, 4, 4), [Element.FromSymbol("Ar"), Element.FromSymbol("Ne")], [0, 0, 0, 0.5, 0.5, 0.5]));
            Put("second.extxyz", Cubic(3.5), Cubic(3.6));
            await JournalAsync(run, events => Relaxed(events).Count == 4);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Put("third.extxyz", Cubic(3.7));
        File.Delete(Path.Combine(Seeds, "second.extxyz"));
        using (IHost host = await StartAsync(run, resume: true))
        {
            await JournalAsync(run, events => Relaxed(events).Count >= 5);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }
        IReadOnlyList<IRunEvent> all = JournalReader.Read(run.RunFolder);
        Assert.Equal(5, all.OfType<SeedTaken>().Count());
        Assert.Equal(all.OfType<SeedTaken>().Select(e => e.Structure), Relaxed(all).Order());
        Assert.Equal(3.7, all.OfType<SeedTaken>().Last().Crystal.Lattice.Row(0).Norm, 1e-9);
        // No number twice, seed or not.
        ulong[] numbers = [.. all.OfType<StructureRelaxed>().Where(e => !e.Rescore).Select(e => e.Structure)];
        Assert.Equal(numbers.Distinct().Count(), numbers.Length);
    }

    /// <summary>Whoever reads a pipe waits until somebody has written to it.</summary>
    [Fact]
    public async Task A_file_that_does_not_end_stops_nothing()
    {
        Directory.CreateDirectory(Seeds);
        RunSettings example = RunSettingsExample.ArgonSearch(_folder, 1_000_000);
        RunSettings run = example with { Search = example.Search with { Seeds = [Seeds] } };
        using IHost host = await StartAsync(run, resume: false);
        await JournalAsync(run, events => events.OfType<StructureRelaxed>().Any());

        string pipe = Path.Combine(Seeds, "slow.extxyz");
        using (Process make = Process.Start("mkfifo", [pipe]))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(pipe, DateTime.UtcNow.AddMinutes(-1));
        // It opens for one side when the other one has opened it.
        using (FileStream writing = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite), TestContext.Current.CancellationToken))
        {
            int before = JournalReader.Read(run.RunFolder).OfType<StructureRelaxed>().Count();
            await JournalAsync(run, events => events.OfType<StructureRelaxed>().Count() > before + 30);
            string seed = Path.Combine(_folder, "seed.extxyz");
            StructureFile.Write(seed, [new Frame(Cubic(3.5))]);
            writing.Write(File.ReadAllBytes(seed));
        }
        await JournalAsync(run, events => Relaxed(events).Count == 1);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The process ended between the journal's entry and the relaxation, and the file is gone.</summary>
    [Fact]
    public void A_seed_in_the_journal_waits_until_it_is_relaxed_and_its_file_is_not_needed()
    {
        SeedBook book = new();
        SeedTaken seed = new(1000, 7, "a.cif", Cubic(4));
        book.Taken(seed);

        Assert.Empty(book.New(new SeedFile("again.extxyz", [Cubic(4)], null)).Crystals);
        Assert.True(book.Waits(7));
        Assert.Same(seed, book.Next());
        Assert.Null(book.Next());
        Assert.Null(book.Finished(Done(7, OperatorNames.Seed)));
        Assert.Null(book.Finished(Done(7, OperatorNames.Seed)));
        Assert.Empty(book.RejectedBefore(9));
    }

    /// <summary>The first model of a run knows little: what it rejects is not lost.</summary>
    [Fact]
    public void A_seed_that_a_model_rejects_is_for_the_next_one()
    {
        SeedBook book = new();
        SeedTaken seed = new(1000, 7, "a.cif", Cubic(4));
        book.Taken(seed);
        book.Finished(Done(7, OperatorNames.Seed, RelaxationStatus.Rejected));
        Assert.Empty(book.RejectedBefore(1));
        Assert.Same(seed, Assert.Single(book.RejectedBefore(2)));
        Assert.Empty(book.RejectedBefore(3));

        // As the journal tells it to the next life: rejected, then taken up again.
        SeedBook next = new();
        next.Taken(seed);
        next.Finished(Done(7, OperatorNames.Seed, RelaxationStatus.Rejected));
        next.Taken(seed with { Structure = 9 });
        Assert.Empty(next.RejectedBefore(2));
        Assert.Equal(9UL, next.Next()!.Structure);
    }

    /// <summary>Proposals are not in the journal: a worker that outlived the host may bring one whose number a seed has now.</summary>
    [Fact]
    public void A_seed_whose_number_another_structure_brings_is_taken_up_again()
    {
        SeedBook book = new();
        SeedTaken seed = new(1000, 7, "a.cif", Cubic(4));
        book.Taken(seed);
        Assert.Same(seed, book.Finished(Done(7, OperatorNames.Heredity)));
        Assert.Null(book.Next());
        book.Taken(seed with { Structure = 9 });
        Assert.Equal(9UL, book.Next()!.Structure);
    }

    private static StructureRelaxed Done(ulong id, string byOperator, RelaxationStatus status = RelaxationStatus.Converged) =>
        new(2000, $"relax-s{id}", id, new Lineage(byOperator, [], 0, null), status, Cubic(3.9), -0.1, null, 1, RelaxMode.Search, false, null, false);

    private static List<ulong> Relaxed(IReadOnlyList<IRunEvent> events) =>
        [.. events.OfType<StructureRelaxed>().Where(e => e.Lineage.Operator == OperatorNames.Seed && !e.Rescore).Select(e => e.Structure)];

    private static async Task<IReadOnlyList<IRunEvent>> JournalAsync(RunSettings run, Func<IReadOnlyList<IRunEvent>, bool> until)
    {
        for (int i = 0; i < 300; i++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            if (File.Exists(RunJournal.FileOf(run.RunFolder)) && JournalReader.Read(run.RunFolder) is var events && until(events))
                return events;
        }
        throw new TimeoutException("the journal does not show what it should");
    }

    private static async Task<IHost> StartAsync(RunSettings run, bool resume)
    {
        IHost host = new HostBuilder().ConfigureServices(services => services.AddAkka(CspHosting.SystemName, (builder, _) => builder
            .AddCspCoordinator(run, RunSettingsExample.OneProcess, resume))).Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }
}
