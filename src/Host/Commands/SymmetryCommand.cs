using System.CommandLine;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Symmetry;

namespace Csp.Host.Commands;

/// <summary><c>csp symmetry</c>: space group, Wyckoff sites, standard cells.</summary>
public static class SymmetryCommand
{
    public static Command Build()
    {
        Option<string> input = CommonOptions.In();
        Option<string?> output = new("--out") { Description = "Write the standard cells." };
        Option<bool> primitive = new("--primitive") { Description = "Write standard primitive instead of conventional cells." };
        Option<double> symprec = CommonOptions.Number("--symprec", "Tolerance on positions, Å.", Quantity.Length, 0.01);
        Option<bool> json = CommonOptions.Json();
        Command command = new("symmetry", "Space group, Wyckoff sites and standard cells of structures.") { input, output, primitive, symprec, json };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(input), parsed.GetValue(output), parsed.GetValue(primitive), parsed.GetValue(symprec), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string input, string? output, bool primitive, double symprec, bool json)
    {
        IReadOnlyList<Frame> frames = Structures.Read(input);
        SymmetryReport[] reports = [.. frames.Select((f, i) => SymmetryReport.Of(i + 1, f.Crystal, symprec))];
        if (output is not null)
        {
            StructureFile.Write(output, frames.Select((f, i) => new Frame(Spglib.Standardize(f.Crystal, primitive, idealize: true, symprec), Info: f.Info)
                .With("space_group", reports[i].Symbol)));
        }
        Console.WriteLine(json ? JsonText.Of(reports) : string.Join("\n\n", reports.Select(r => r.Text())));
        return 0;
    }

    private sealed record Site(string Element, string Wyckoff, string SiteSymmetry, double X, double Y, double Z);

    private sealed record SymmetryReport(
        int Structure, string Formula, int Number, string Symbol, string HallSymbol, string PointGroup, int Operations,
        double A, double B, double C, double Alpha, double Beta, double Gamma, double VolumePerAtom, Site[] Sites)
    {
        public static SymmetryReport Of(int index, Crystal crystal, double symprec)
        {
            SymmetryDataset found = Spglib.Analyze(crystal, symprec);
            SymmetryDataset standard = Spglib.Analyze(found.Standard, symprec);
            Mat3 cell = found.Standard.Lattice;
            Site[] sites = [.. Enumerable.Range(0, found.Standard.Count)
                .GroupBy(i => standard.EquivalentAtoms[i])
                .Select(g => (Atom: g.Key, Multiplicity: g.Count()))
                .Select(s => new Site(
                    found.Standard.Elements[s.Atom].Symbol, $"{s.Multiplicity}{standard.Wyckoffs[s.Atom]}", standard.SiteSymmetries[s.Atom],
                    found.Standard.FractionalOf(s.Atom).X, found.Standard.FractionalOf(s.Atom).Y, found.Standard.FractionalOf(s.Atom).Z))];
            return new SymmetryReport(
                index, crystal.Composition.ToString(), found.Number, found.International, found.HallSymbol, found.PointGroup, found.Operations.Length,
                cell.Row(0).Norm, cell.Row(1).Norm, cell.Row(2).Norm, Angle(cell, 1, 2), Angle(cell, 0, 2), Angle(cell, 0, 1),
                crystal.Volume / crystal.Count, sites);
        }

        public string Text()
        {
            string head = FormattableString.Invariant($"{Structure}: {Formula}  {Symbol} ({Number}), point group {PointGroup}, {Operations} operations\n");
            string cell = FormattableString.Invariant($"   standard cell a b c = {A:0.0000} {B:0.0000} {C:0.0000} Å, angles {Alpha:0.00} {Beta:0.00} {Gamma:0.00}°, {VolumePerAtom:0.000} Å^3/atom\n");
            return head + cell + TextTable.Format(["element", "Wyckoff", "site symmetry", "x", "y", "z"], [.. Sites.Select(s => (IReadOnlyList<string>)
                [s.Element, s.Wyckoff, s.SiteSymmetry, Invariant($"{s.X:0.00000}"), Invariant($"{s.Y:0.00000}"), Invariant($"{s.Z:0.00000}")])], "   ");
        }

        private static double Angle(Mat3 cell, int i, int j) =>
            Math.Acos(Math.Clamp(Vec3.Dot(cell.Row(i), cell.Row(j)) / (cell.Row(i).Norm * cell.Row(j).Norm), -1, 1)) * 180 / Math.PI;

        private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
    }
}
