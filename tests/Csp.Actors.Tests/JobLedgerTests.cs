using CsCheck;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Xunit;

namespace Csp.Actors.Tests;

public sealed class JobLedgerTests
{
    private static readonly Crystal Argon = new(Mat3.Diagonal(4, 4, 4), [Element.FromSymbol("Ar")], [0.0, 0, 0]);

    private static LabelJob Job(int i) => new($"j{i}", Argon, "", LabelPurpose.Search, 0);

    [Fact]
    public void Larger_priority_goes_first_then_the_order_of_submission_and_it_can_change_until_pulled()
    {
        JobLedger ledger = new(new LedgerSettings());
        ledger.Submit(Job(1), 0, 0);
        ledger.Submit(Job(2), 5, 0);
        ledger.Submit(Job(3), 0, 0);
        ledger.Submit(Job(4), 0, 0);
        Assert.True(ledger.Reprioritize("j4", 9));

        Assert.Equal(["j4", "j2", "j1", "j3"], Enumerable.Range(0, 4).Select(_ => ledger.Pull(JobKind.Label, "w", 1)!.Id));
        Assert.Null(ledger.Pull(JobKind.Label, "w", 1));
        Assert.False(ledger.Reprioritize("j1", 1));
    }

    [Fact]
    public void A_straggler_is_given_to_a_second_worker_and_the_first_answer_wins()
    {
        JobLedger ledger = new(new LedgerSettings { StragglerHistory = 3, StragglerMinSeconds = 2, LeaseSeconds = 1000 });
        for (int i = 0; i < 3; i++)
        {
            ledger.Submit(Job(i), 0, 0);
            ledger.Pull(JobKind.Label, "a", 0);
            ledger.Arrive($"j{i}", JobKind.Label, 1);
            ledger.Settle($"j{i}", "a", failed: false);
        }
        ledger.Submit(Job(9), 0, 10);
        Assert.NotNull(ledger.Pull(JobKind.Label, "slow", 10));

        Assert.Null(ledger.Pull(JobKind.Label, "b", 12));
        Assert.Null(ledger.Pull(JobKind.Label, "slow", 99));
        Assert.Equal("j9", ledger.Pull(JobKind.Label, "b", 14)!.Id);
        Assert.Null(ledger.Pull(JobKind.Label, "c", 99));
        Assert.Equal(Arrival.First, ledger.Arrive("j9", JobKind.Label, 1));
        Assert.Equal(Arrival.Repeated, ledger.Arrive("j9", JobKind.Label, 1));
        Assert.Equal(["slow"], ledger.Settle("j9", "b", failed: false));
        Assert.Equal(Arrival.Done, ledger.Arrive("j9", JobKind.Label, 1));
    }

    [Fact]
    public void A_job_of_an_earlier_life_is_adopted_from_the_worker_that_runs_it()
    {
        JobLedger ledger = new(new LedgerSettings { LeaseSeconds = 10 });
        ledger.RestoreDone("j1");
        IReadOnlyList<string> drop = ledger.Renew("w", [("j1", JobKind.Label), ("j2", JobKind.Label)], 0);

        Assert.Equal(["j1"], drop);
        Assert.False(ledger.Submit(Job(2), 0, 1));
        Assert.Null(ledger.Pull(JobKind.Label, "x", 2));
        Assert.Equal(["j2"], ledger.Expire(11));
        Assert.Equal("j2", ledger.Pull(JobKind.Label, "x", 12)!.Id);
    }

    /// <summary>Whatever is lost, repeated, late or cancelled: nothing is counted twice, the counts add up, and with one living worker everything gets done.</summary>
    [Fact]
    public void Any_history_of_faults_ends_with_every_job_done_once()
    {
        Gen.Int[0, 11].Select(Gen.Int[0, 9], Gen.Int[0, 3]).List[0, 200].Sample(steps =>
        {
            JobLedger ledger = new(new LedgerSettings { LeaseSeconds = 5, StragglerHistory = 2, StragglerMinSeconds = 1 });
            HashSet<string> submitted = [], settled = [], cancelled = [], settling = [];
            double now = 0;
            foreach ((int action, int j, int w) in steps)
            {
                string id = $"j{j}", worker = $"w{w}";
                switch (action)
                {
                    case 0 or 1:
                        if (ledger.Submit(Job(j), j % 3, now))
                        {
                            submitted.Add(id);
                            cancelled.Remove(id);
                        }
                        break;
                    case 2 or 3 or 4:
                        IJob? job = ledger.Pull(JobKind.Label, worker, now);
                        Assert.False(job is not null && settled.Contains(job.Id), "a done job was handed out");
                        break;
                    case 5:
                        if (submitted.Contains(id) && !cancelled.Contains(id) && ledger.Arrive(id, JobKind.Label, 1) == Arrival.First)
                            Assert.True(settling.Add(id), "an answer counted twice");
                        break;
                    case 6:
                        if (settling.Remove(id))
                        {
                            ledger.Settle(id, worker, failed: false);
                            Assert.True(settled.Add(id), "settled twice");
                        }
                        break;
                    case 7:
                        ledger.WorkerLost(worker, now);
                        break;
                    case 8:
                        ledger.Expire(now += 3);
                        break;
                    case 9:
                        if (submitted.Contains(id) && !cancelled.Contains(id))
                            ledger.Renew(worker, [(id, JobKind.Label)], now);
                        break;
                    case 10:
                        if (submitted.Contains(id) && !settled.Contains(id) && !settling.Contains(id))
                        {
                            ledger.Cancel(id);
                            cancelled.Add(id);
                        }
                        break;
                    default:
                        if (submitted.Contains(id) && !cancelled.Contains(id) && ledger.Error(id, JobKind.Label, worker, retry: true, 1, now) == Arrival.First)
                            Assert.True(settling.Add(id), "an error counted twice");
                        break;
                }
                KindCounts counts = ledger.CountsOf(JobKind.Label);
                Assert.True(counts.Queued >= 0 && counts.Running >= 0);
                Assert.Equal(submitted.Count - cancelled.Count, counts.Queued + counts.Running + settling.Count + settled.Count);
            }
            foreach (string id in settling)
            {
                ledger.Settle(id, "", failed: false);
                settled.Add(id);
            }
            ledger.Expire(now += 100);
            while (ledger.Pull(JobKind.Label, "last", now) is IJob job)
            {
                Assert.Equal(Arrival.First, ledger.Arrive(job.Id, JobKind.Label, 1));
                ledger.Settle(job.Id, "last", failed: false);
                Assert.True(settled.Add(job.Id));
            }
            Assert.Equal(submitted.Except(cancelled).Order(), settled.Order());
        }, iter: 2000);
    }
}
