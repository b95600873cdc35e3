using System.Globalization;
using Csp.Actors.Runs;
using Csp.Host.Display;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Symmetry;

namespace Csp.Host.Runs;

/// <summary>Writes what a finished run leaves in its folder: results.json, results.txt, and every structure as CIF and extended XYZ.</summary>
public static class ResultFiles
{
    /// <exception cref="StructureFileException">A file cannot be written.</exception>
    public static RunResults Write(RunFolder folder, RunSettings settings, RunFinished end)
    {
        RunResults results = RunResults.From(settings, end);
        File.WriteAllText(folder.Results, JsonText.Of(results) + "\n");
        File.WriteAllText(folder.Table, ResultTable.Format(results) + "\n");
        foreach (string old in Directory.EnumerateFiles(folder.Structures))
            File.Delete(old);
        List<Frame> all = [];
        foreach (ResultRow row in results.Structures)
        {
            Crystal crystal = end.Crystals[row.Id];
            Frame frame = FrameOf(row, crystal);
            string stem = Path.Combine(folder.Structures, string.Create(CultureInfo.InvariantCulture, $"{row.Rank:00}-{row.Id}"));
            WriteCif(stem + ".cif", crystal);
            StructureFile.Write(stem + ".extxyz", [frame]);
            all.Add(frame);
        }
        if (all.Count > 0)
            StructureFile.Write(Path.Combine(folder.Structures, "all.extxyz"), all);
        return results;
    }

    /// <summary>The conventional cell with its space group; cell and atoms as they are where spglib finds no symmetry.</summary>
    private static void WriteCif(string path, Crystal crystal)
    {
        try
        {
            Cif.WriteSymmetric(path, crystal);
        }
        catch (SymmetryException)
        {
            Cif.Write(path, [new Frame(crystal)]);
        }
    }

    private static Frame FrameOf(ResultRow row, Crystal crystal)
    {
        Frame frame = new Frame(crystal)
            .With("id", row.Id)
            .With("rank", row.Rank.ToString(CultureInfo.InvariantCulture))
            .With("space_group", row.SpaceGroup)
            .With("enthalpy_model_ev_per_atom", Number(row.EnthalpyModel))
            .With("model_version", row.ModelVersion.ToString(CultureInfo.InvariantCulture))
            .With("origin", row.Origin);
        if (row.EnthalpyDft is double dft)
            frame = frame.With("enthalpy_dft_ev_per_atom", Number(dft));
        if (row.Sscha is { PerAtom: double free, Error: double error })
            frame = frame.With("sscha_ev_per_atom", Number(free)).With("sscha_error_ev_per_atom", Number(error));
        return frame;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
