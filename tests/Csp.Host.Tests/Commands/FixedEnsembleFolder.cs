using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Csp.Host.Tests.Commands;

/// <summary>A folder for <c>csp sscha --reference</c>: two atoms on a spring in a box, in P1, harmonic forces and a little noise.</summary>
internal sealed class FixedEnsembleFolder
{
    private const double Spring = 0.1;
    private const double Bohr = 1.889725989;
    private const double Rydberg = 13.605693012183622;

    public FixedEnsembleFolder(string path, int configurations = 200)
    {
        Path = path;
        Directory.CreateDirectory(path);
        double[][] identity = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        Write("system.json", new JsonObject
        {
            ["constants"] = new JsonObject
            {
                ["KB_RY_PER_K"] = 6.33362e-6,
                ["A_TO_BOHR"] = Bohr,
                ["RY_TO_EV"] = Rydberg,
                ["RY_TO_CM1"] = 109737.36,
                ["RY_BOHR3_TO_GPA"] = 14710.5,
                ["AMU_IN_RY_MASS"] = 911.44427,
            },
            ["temperature_K"] = 0,
            ["unit_cell_A"] = Node(new double[][] { [5, 0, 0], [0, 5, 0], [0, 0, 5] }),
            ["species"] = new JsonArray("Na", "Cl"),
            ["positions_frac"] = Node(new double[][] { [0, 0, 0], [0.5, 0.5, 0.5] }),
            ["masses_Ry"] = new JsonObject { ["Na"] = 20953.0, ["Cl"] = 32313.0 },
            ["supercell"] = new JsonArray(1, 1, 1),
            ["supercell_to_cell_atom"] = new JsonArray(0, 1),
            ["supercell_R_int"] = Node(new double[][] { [0, 0, 0], [0, 0, 0] }),
            ["q_points_frac"] = Node(new double[][] { [0, 0, 0] }),
            ["q_points_inv_A"] = Node(new double[][] { [0, 0, 0] }),
            ["symmetry_rotations_frac"] = Node(new double[][][] { identity }),
            ["symmetry_translations_frac"] = Node(new double[][] { [0, 0, 0] }),
        });
        ForceConstants(Spring);
        Random random = new(5);
        Ensemble([.. Enumerable.Range(0, configurations).Select(_ => Enumerable.Range(0, 3).Select(_ => 0.1 * (random.NextDouble() - 0.5)).ToArray())]);
    }

    public string Path { get; }

    /// <summary>Every atom joined to every other by a spring k, Ry/bohr^2.</summary>
    public void ForceConstants(double k, int atoms = 2) => Write("fc_trial.json", new JsonObject
    {
        ["fc_supercell"] = Node(Enumerable.Range(0, 3 * atoms).Select(i => Enumerable.Range(0, 3 * atoms)
            .Select(j => i % 3 != j % 3 ? 0 : i == j ? k * (atoms - 1) : -k).ToArray()).ToArray()),
    });

    public void Change(string file, Action<JsonObject> change)
    {
        JsonObject content = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Path, file)))!.AsObject();
        change(content);
        Write(file, content);
    }

    public void ChangeEnsemble(Func<string, string> change)
    {
        string file = System.IO.Path.Combine(Path, "ensemble.extxyz");
        File.WriteAllText(file, change(File.ReadAllText(file)));
    }

    /// <summary>Configurations that stretch the pair by these vectors, Å.</summary>
    private void Ensemble(double[][] stretches)
    {
        using StreamWriter file = new(System.IO.Path.Combine(Path, "ensemble.extxyz"));
        foreach (double[] d in stretches)
        {
            double[] f = [.. d.Select(x => Spring * Rydberg * Bohr * Bohr * x * (1 + x))];
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"2\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3:forces:R:3 energy={0.5 * d.Zip(f, (x, y) => x * y).Sum()} stress=\"0 0 0 0 0 0 0 0 0\" pbc=\"T T T\""));
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Na {-d[0] / 2} {-d[1] / 2} {-d[2] / 2} {f[0]} {f[1]} {f[2]}"));
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Cl {2.5 + d[0] / 2} {2.5 + d[1] / 2} {2.5 + d[2] / 2} {-f[0]} {-f[1]} {-f[2]}"));
        }
    }

    private void Write(string file, JsonObject content) => File.WriteAllText(System.IO.Path.Combine(Path, file), content.ToJsonString());

    private static JsonNode Node(object value) => JsonSerializer.SerializeToNode(value)!;
}
