using Csp.Host.Errors;
using Csp.Host.Runs;

namespace Csp.Host.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("csp-run-folder-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Folders_are_numbered_and_resume_takes_the_newest()
    {
        Assert.Throws<CommandException>(() => RunFolder.Choose("a/h3s.conf", resume: true, _root));
        for (int i = 1; i <= 3; i++)
        {
            string chosen = RunFolder.Choose("a/h3s.conf", resume: false, _root);
            Assert.Equal(i == 1 ? "h3s" : $"h3s-{i}", Path.GetFileName(chosen));
            Directory.CreateDirectory(chosen);
        }
        Assert.Equal("h3s-3", Path.GetFileName(RunFolder.Choose("a/h3s.conf", resume: true, _root)));
    }

    [Fact]
    public void Only_one_process_at_a_time()
    {
        using RunFolder first = new(Path.Combine(_root, "r"));
        first.Open();
        using (RunFolder second = new(first.Root))
        {
            CommandException e = Assert.Throws<CommandException>(() => second.Open());
            Assert.Equal($"another process is running in {first.Root}", e.Message);
        }
        first.Dispose();
        using RunFolder third = new(first.Root);
        third.Open();
    }

    [Fact]
    public void A_host_is_found_while_its_process_lives()
    {
        using RunFolder folder = new(Path.Combine(_root, "r"));
        folder.Open();
        Assert.Null(folder.FindHost());
        HostAddress here = new(Environment.ProcessId, "127.0.0.1:4053", "http://127.0.0.1:4054");
        folder.Publish(here);
        Assert.Equal(here, folder.FindHost());
        folder.Dispose();
        Assert.Null(folder.FindHost());
        Assert.Equal(4053, folder.FormerPort());
    }
}
