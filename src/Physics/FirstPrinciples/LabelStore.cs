using System.Collections.Immutable;
using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// Labels kept for ever: one extended-XYZ file per label under its content address, <c>ab/ab12….extxyz</c>, with the provenance in
/// the comment line. Several runs and processes may share a folder: a file appears complete (written beside, then renamed) or not at all.
/// </summary>
/// <param name="directory">Created when it is missing.</param>
/// <param name="warn">Told, in one sentence, of a file that cannot be used; such a label is computed anew.</param>
public sealed class LabelStore(string directory, Action<string>? warn = null)
{
    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>The label of a structure, or null. Forces and energy are those of the file; the structure is the one given.</summary>
    /// <param name="key"><see cref="LabelKey.Of"/> of the structure.</param>
    /// <param name="crystal">The structure asked for.</param>
    public Label? Find(string key, Crystal crystal)
    {
        Label? label = Load(FileOf(key));
        if (label is null)
            return null;
        if (label.Key != key || label.Crystal.Count != crystal.Count || !label.Crystal.Elements.SequenceEqual(crystal.Elements))
        {
            warn?.Invoke($"the stored label {FileOf(key)} belongs to another structure; it is computed anew");
            return null;
        }
        return label with { Crystal = crystal, Provenance = label.Provenance with { WallSeconds = 0, FromStore = true } };
    }

    /// <summary>Writes a label durably; one with the same key is replaced.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public void Add(Label label)
    {
        string path = FileOf(label.Key);
        string unfinished = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream stream = new(unfinished, FileMode.CreateNew))
            {
                using StreamWriter writer = new(stream, leaveOpen: true);
                writer.Write(ExtXyz.Format(ToFrame(label)));
                writer.Flush();
                stream.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StructureFileException(path, null, $"the label cannot be written: {e.Message}", e);
        }
    }

    /// <summary>All labels of the folder, in the order of their keys; files that cannot be used are skipped with a warning.</summary>
    public IEnumerable<Label> All() => System.IO.Directory.Exists(Directory)
        ? System.IO.Directory.EnumerateFiles(Directory, "*.extxyz", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(Load)
            .OfType<Label>()
        : [];

    /// <summary>A label as a frame of an extended-XYZ file, with its provenance in the comment line.</summary>
    public static Frame ToFrame(Label label)
    {
        LabelProvenance p = label.Provenance;
        return new Frame(label.Crystal, label.Energy, label.Forces, label.Stress, ImmutableDictionary<string, string>.Empty
            .Add("key", label.Key)
            .Add("code", p.Code)
            .Add("version", p.Version)
            .Add("cutoff_ry", p.CutoffRy.ToString("R", CultureInfo.InvariantCulture))
            .Add("kpoints", p.KPoints)
            .Add("pseudopotentials", p.Pseudopotentials)
            .Add("wall_s", p.WallSeconds.ToString("F2", CultureInfo.InvariantCulture))
            .Add("attempts", p.Attempts.ToString(CultureInfo.InvariantCulture)));
    }

    private string FileOf(string key) => Path.Combine(Directory, key[..2], key + ".extxyz");

    private Label? Load(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            IReadOnlyList<Frame> frames = ExtXyz.Read(path);
            if (frames is not [{ Energy: double energy, Forces: double[] forces, Stress: Mat3 stress } frame])
                throw new FormatException("it needs one structure with energy, forces and stress");
            if (!double.IsFinite(energy) || !stress.IsFinite || forces.Any(f => !double.IsFinite(f)))
                throw new FormatException("it holds a number that is not finite");
            return new Label(Text("key"), frame.Crystal, energy, forces, stress, new LabelProvenance(
                Text("code"), Text("version"), Number("cutoff_ry"), Text("kpoints"), Text("pseudopotentials"), Number("wall_s"), (int)Number("attempts"), FromStore: true));

            string Text(string name) => frame[name] ?? throw new FormatException($"'{name}' is missing");
            double Number(string name) => double.Parse(Text(name), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or StructureFileException or IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"the stored label {path} cannot be used and is computed anew: {e.Message}");
            return null;
        }
    }
}
