using System.Diagnostics;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Xunit;

namespace Csp.Physics.Tests.FirstPrinciples;

public class LabelerFailureTests
{
    private static readonly Element H = Element.FromSymbol("H");

    private static readonly Crystal Hydrogen = new(Mat3.Diagonal(2, 2, 2), [H, H], [0, 0, 0, 0.37, 0, 0]);

    [Theory]
    [InlineData("echo '     convergence NOT achieved after 40 iterations: stopping'", "the self-consistent field did not converge (4 attempts)", 4)]
    [InlineData("echo 'half a'", "pw.x ended before its output was complete (4 attempts)", 4)]
    [InlineData("echo '     convergence has been achieved'; echo '!    total energy              =     NaN Ry'; echo '   JOB DONE.'", "pw.x's output cannot be read: 'NaN' is not a number (4 attempts)", 4)]
    [InlineData("kill -SEGV $$", "pw.x crashed (signal 11) (4 attempts)", 4)]
    [InlineData("kill -KILL $$", "pw.x was killed from outside (signal 9), probably for want of memory", 1)]
    [InlineData("printf ' %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\\n     Error in routine check_atoms (1):\\n     atoms #   1 and #   2 overlap!\\n %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\\n'; exit 1", "pw.x stopped: Error in routine check_atoms (1): atoms # 1 and # 2 overlap!", 1)]
    [InlineData("printf ' %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\\n     Error in routine cdiaghg (9):\\n     problems computing cholesky\\n %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%\\n'; exit 1", "pw.x stopped: Error in routine cdiaghg (9): problems computing cholesky (4 attempts)", 4)]
    public async Task Should_say_why_there_is_no_label_and_retry_only_what_may_help(string script, string reason, int calls)
    {
        using FakePw pw = new(script);
        LabelOutcome outcome = await Labeler(pw).LabelAsync(Hydrogen, TestContext.Current.CancellationToken);
        Assert.Equal(reason, Assert.IsType<LabelFailed>(outcome).Reason);
        // The last attempt's stepping stone fails before its second stage.
        Assert.Equal(calls, pw.Calls);
        Assert.Empty(Directory.EnumerateFileSystemEntries(pw.Scratch));
    }

    [Fact]
    public async Task Should_end_the_whole_process_group_when_time_is_up()
    {
        using FakePw pw = new("echo $$ > $HERE/pid; trap '' TERM; sleep 600 & sleep 600; sleep 600");
        Stopwatch clock = Stopwatch.StartNew();
        LabelOutcome outcome = await Labeler(pw, TimeSpan.FromSeconds(1)).LabelAsync(Hydrogen, TestContext.Current.CancellationToken);
        Assert.Equal("the calculation was stopped after 1 s, its time limit", Assert.IsType<LabelFailed>(outcome).Reason);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 20);
        AssertGone(pw);
    }

    [Fact]
    public async Task Should_end_the_whole_process_group_when_cancelled()
    {
        using FakePw pw = new("echo $$ > $HERE/pid; sleep 600 & sleep 600");
        using CancellationTokenSource cancel = new();
        Task<LabelOutcome> task = Labeler(pw).LabelAsync(Hydrogen, cancel.Token);
        while (pw.Calls == 0 || !File.Exists(Path.Combine(pw.Folder, "pid")))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        AssertGone(pw);
    }

    [Fact]
    public async Task Should_not_run_more_at_once_than_configured()
    {
        using FakePw pw = new("mkdir $HERE/running || touch $HERE/collision; sleep 0.1; rmdir $HERE/running; kill -KILL $$");
        QuantumEspressoLabeler labeler = Labeler(pw);
        Crystal[] crystals = [.. Enumerable.Range(0, 5).Select(i => Hydrogen.ScaledToVolume(8 + i))];
        await Task.WhenAll(crystals.Select(c => labeler.LabelAsync(c, TestContext.Current.CancellationToken)));
        Assert.Equal(5, pw.Calls);
        Assert.False(File.Exists(Path.Combine(pw.Folder, "collision")));
    }

    [Fact]
    public void Should_refuse_settings_that_cannot_work_in_one_sentence()
    {
        using FakePw pw = new("");
        QuantumEspressoSettings good = Settings(pw);
        good.Check();
        Assert.Contains("'pw-of-nobody.x' was not found (on Debian: apt-get install quantum-espresso)", Refusal(good with { PwPath = "pw-of-nobody.x" }));
        Assert.Contains("/nowhere/GTH does not exist (on Debian: apt-get install cp2k-data)", Refusal(good with { GthFile = "/nowhere/GTH" }));
        Assert.Contains("scratch folder /proc/nowhere of the labeler cannot be written", Refusal(good with { WorkDirectory = "/proc/nowhere" }));
        Assert.Equal("the plane-wave cutoff must lie between 10 and 1000 Ry, not NaN", Refusal(good with { CutoffRy = double.NaN }));
        Assert.Equal("the number of attempts must lie between 1 and 4, not 5", Refusal(good with { Attempts = 5 }));
        Assert.Contains("no GTH-PBE pseudopotential for S", Assert.Throws<LabelerSettingsException>(
            () => new QuantumEspressoLabeler(good).CheckElements([H, Element.FromSymbol("S")])).Message);

        File.WriteAllText(pw.Program, "#!/bin/sh\necho 'error while loading shared libraries' >&2; exit 127\n");
        Assert.Contains("does not run as Quantum ESPRESSO's pw.x: error while loading shared libraries", Assert.Throws<LabelerSettingsException>(() => new QuantumEspressoLabeler(good)).Message);
    }

    [Fact]
    public void Should_remove_scratch_folders_of_processes_that_died()
    {
        using FakePw pw = new("");
        string dead = Path.Combine(pw.Scratch, $"{Environment.MachineName}-4194999-1");
        string alive = Path.Combine(pw.Scratch, $"{Environment.MachineName}-{Environment.ProcessId}-999999");
        Directory.CreateDirectory(dead);
        Directory.CreateDirectory(alive);
        _ = Labeler(pw);
        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(alive));
    }

    private static string Refusal(QuantumEspressoSettings settings) => Assert.Throws<LabelerSettingsException>(settings.Check).Message;

    private static QuantumEspressoSettings Settings(FakePw pw) => new() { PwPath = pw.Program, GthFile = pw.Gth, WorkDirectory = pw.Scratch };

    private static QuantumEspressoLabeler Labeler(FakePw pw, TimeSpan? timeout = null) => new(Settings(pw) with { Timeout = timeout ?? TimeSpan.FromMinutes(1) });

    private static void AssertGone(FakePw pw)
    {
        int group = int.Parse(File.ReadAllText(Path.Combine(pw.Folder, "pid")));
        // A killed process may take a moment to leave the table.
        for (int i = 0; i < 100 && Members(group).Length > 0; i++)
            Thread.Sleep(20);
        Assert.Empty(Members(group));
        Assert.Empty(Directory.EnumerateFileSystemEntries(pw.Scratch));
    }

    /// <summary>Living processes of a group, from /proc: state and group follow the command's name, which is in brackets.</summary>
    private static string[] Members(int group) => [.. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Where(d =>
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(d, "stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] != "Z" && int.Parse(fields[2]) == group;
        }
        catch (IOException)
        {
            return false;
        }
    })];
}
