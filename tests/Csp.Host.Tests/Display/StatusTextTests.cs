using Csp.Actors.Runs;
using Csp.Host.Display;

namespace Csp.Host.Tests.Display;

public class StatusTextTests
{
    private static RunStatus Status => new()
    {
        Phase = "searching",
        Elapsed = TimeSpan.FromSeconds(192),
        Formula = "H3S",
        PressureGPa = 150,
        Structures = new StructureCounts(120, 98, 7, 30, 200),
        Labels = new LabelCounts(40, 1, 4, 2, 3, 80),
        Model = new ModelStatus(3, 2, 12.34, 0.456, 1.5, 36),
        InProgress = "1 relaxation, 1 label",
        Best =
        [
            new RankedStructure
            {
                Id = "s17", Formula = "H3S", Atoms = 4, SpaceGroup = "R3m", SpaceGroupNumber = 160, EnthalpyModel = -76.5, VolumePerAtom = 3.5, Origin = "random 160",
                Sscha = new FreeEnergy("done", -76.3, 0.0004, true, 312),
            },
        ],
    };

    [Fact]
    public void One_line_tells_the_whole_run() => Assert.Equal(
        "03:12 searching | structures 98/200, 7 rejected | labels 40/80, 1 running, 4 queued, 2 failed | model v3 12.3 meV/atom 0.46 eV/Å | best R3m s17 -76.5000 eV/atom | now: 1 relaxation, 1 label",
        StatusText.Line(Status));

    [Fact]
    public void The_page_names_every_part()
    {
        string page = StatusText.Page(Status);
        Assert.Contains("H3S at 150 GPa   searching   03:12", page);
        Assert.Contains("v3 from 36 labels; hold-out 12.3 meV/atom, 0.456 eV/Å, 1.50 GPa; ranking by v2", page);
        Assert.Contains("-76.3000 ± 0.0004", page);
    }

    [Fact]
    public void The_plain_view_says_nothing_twice()
    {
        StringWriter output = new();
        PlainView view = new(output);
        view.Show(Status);
        view.Show(Status with { Elapsed = TimeSpan.FromSeconds(197) });
        view.Show(Status with { Phase = "final stage" });
        Assert.Equal(2, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
