using Csp.Actors.Jobs;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>The same jobs with durations from 1 to 20 on the same workers, handed out by the ledger: all at any time, or one generation after the other. Virtual time.</summary>
public sealed class OverlapTests(ITestOutputHelper output)
{
    private const int Workers = 16;
    private static readonly Crystal Argon = new(Mat3.Diagonal(4, 4, 4), [Element.FromSymbol("Ar")], [0.0, 0, 0]);

    [Fact]
    public void Steady_state_keeps_workers_busy_where_generations_wait_for_the_slowest()
    {
        Random random = new(5);
        double[] durations = [.. Enumerable.Range(0, 960).Select(_ => Math.Exp(random.NextDouble() * Math.Log(20)))];
        double work = durations.Sum() / Workers;

        double steady = Simulate(durations, durations.Length);
        double lockstep = Simulate(durations, Workers);
        output.WriteLine($"utilisation {work / steady:P1} against {work / lockstep:P1}; time {steady / lockstep:F2} of lockstep");

        Assert.InRange(work / steady, 0.95, 1);
        Assert.True(steady <= 0.65 * lockstep, $"time {steady / lockstep:F2} of lockstep");
    }

    /// <returns>Time until everything is done, with a barrier after every <paramref name="generation"/> jobs.</returns>
    private static double Simulate(double[] durations, int generation)
    {
        JobLedger ledger = new(new LedgerSettings { LeaseSeconds = 1e9, StragglerFactor = 1e9 });
        PriorityQueue<(string Worker, int? Job), double> events = new();
        double now = 0;
        int submitted = 0, done = 0;
        List<string> idle = [.. Enumerable.Range(0, Workers).Select(i => $"w{i}")];
        while (done < durations.Length)
        {
            if (done == submitted || generation >= durations.Length)
            {
                for (int i = 0; i < generation && submitted < durations.Length; i++, submitted++)
                    ledger.Submit(new LabelJob($"{submitted}", Argon, "", LabelPurpose.Search, 0), 0, now);
            }
            foreach (string worker in idle.ToArray())
            {
                if (ledger.Pull(JobKind.Label, worker, now) is not IJob job)
                    break;
                idle.Remove(worker);
                events.Enqueue((worker, int.Parse(job.Id)), now + durations[int.Parse(job.Id)]);
            }
            events.TryDequeue(out (string Worker, int? Job) finished, out now);
            Assert.Equal(Arrival.First, ledger.Arrive($"{finished.Job}", JobKind.Label, durations[finished.Job!.Value]));
            ledger.Settle($"{finished.Job}", finished.Worker, failed: false);
            idle.Add(finished.Worker);
            done++;
        }
        return now;
    }
}
