using System.Xml.Linq;
using Csp.Host.Reports;

namespace Csp.Host.Tests.Reports;

public class ReportDocumentTests
{
    [Fact]
    public void Plots_are_well_formed_and_hold_every_finite_point()
    {
        SvgPlot plot = new("x < y", "E & F");
        plot.Add("a <b>", [(1, 2), (3, 4), (double.NaN, 1), (5, double.PositiveInfinity)], line: true);
        XElement svg = XElement.Parse(plot.ToSvg());
        // Two points and one mark of the legend.
        Assert.Equal(3, svg.Elements().Count(e => e.Name.LocalName == "circle"));
        Assert.All(svg.Descendants().Attributes("cx"), a => Assert.InRange(double.Parse(a.Value), 0, 640));
    }

    [Fact]
    public void A_plot_without_points_is_empty_but_well_formed() => XElement.Parse(new SvgPlot("x", "y").ToSvg());

    [Fact]
    public void Markdown_and_HTML_hold_the_same_cells_and_escape_them()
    {
        string folder = Directory.CreateTempSubdirectory("csp-report-").FullName;
        try
        {
            ReportDocument report = new("H3S <150>");
            report.Heading("Results");
            report.Table(["a", "b"], [["x|y", "<1>"]]);
            report.Plot("p", new SvgPlot("x", "y"));
            report.Write(folder);
            string markdown = File.ReadAllText(Path.Combine(folder, "report.md"));
            Assert.Contains("| x\\|y | <1> |", markdown);
            Assert.Contains("![p](report-p.svg)", markdown);
            string html = File.ReadAllText(Path.Combine(folder, "report.html"));
            Assert.Contains("<h1>H3S &lt;150&gt;</h1>", html);
            Assert.Contains("<td>x|y</td><td>&lt;1&gt;</td>", html);
            Assert.True(File.Exists(Path.Combine(folder, "report-p.svg")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
