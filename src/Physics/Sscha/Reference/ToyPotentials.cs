using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha.Reference;

/// <summary>The model potential that a reference folder names in <c>system.json/potential</c>.</summary>
public static class ToyPotentials
{
    /// <summary>The potential, or null when the folder names none (ensembles from DFT).</summary>
    /// <exception cref="SschaException">An unknown kind.</exception>
    public static IPotential? Of(ReferenceFolder folder)
    {
        if (folder.Open("system.json") is not JsonElement system || !system.TryGetProperty("potential", out JsonElement potential))
            return null;
        string kind = potential.GetProperty("kind").GetString()!;
        double Number(string name) => potential.GetProperty(name).GetDouble();
        return kind switch
        {
            "lj_shifted_force" => new ShiftedForceLennardJones(folder.Cell.Elements[0], Number("epsilon_eV"), Number("sigma_A"), Number("rc_A")),
            "bond_network" => Network(folder.Cell, potential),
            _ => throw new SschaException($"{folder.Folder}/system.json names a potential of an unknown kind, '{kind}'"),
        };
    }

    private static BondNetwork Network(Crystal cell, JsonElement potential)
    {
        Dictionary<string, BondLaw> laws = potential.GetProperty("types").EnumerateObject().ToDictionary(t => t.Name, t => Law(t.Value));
        return new BondNetwork(cell, potential.GetProperty("bonds").EnumerateArray().Select(b =>
        {
            double[] r = b.GetProperty("R").Numbers();
            return new Bond(b.GetProperty("i").GetInt32(), b.GetProperty("j").GetInt32(), (int)r[0], (int)r[1], (int)r[2], laws[b.GetProperty("type").GetString()!]);
        }));
    }

    private static BondLaw Law(JsonElement type)
    {
        double Number(string name) => type.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : 0;
        string form = type.GetProperty("form").GetString()!;
        return form switch
        {
            "poly" => new PolynomialBond(Number("r0"), Number("k2"), Number("k3"), Number("k4")),
            "morse" => new MorseBond(Number("r0"), Number("D"), Number("a")),
            _ => throw new SschaException($"a bond has an unknown form, '{form}'"),
        };
    }
}
