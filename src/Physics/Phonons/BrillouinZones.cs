using Csp.Physics.Crystals;

namespace Csp.Physics.Phonons;

/// <summary>
/// Special points and paths of the 14 Bravais lattices with all their variants: Setyawan and Curtarolo, Comput. Mater. Sci. 49, 299 (2010), tables 2 to 21. The
/// triclinic points are those of an obtuse basis of the reciprocal lattice, which every lattice has. Points are fractions of the reciprocal vectors of the
/// primitive cell that <see cref="StandardLattice"/> makes.
/// </summary>
internal static class BrillouinZones
{
    private const double H = 0.5;

    /// <param name="lattice">Type and conventional lengths.</param>
    public static (Dictionary<string, Vec3> Points, string Path) Of(StandardLattice lattice)
    {
        (double a, double b, double c, double alpha) = (lattice.A, lattice.B, lattice.C, lattice.Alpha);
        return lattice.Type switch
        {
            "CUB" => (Table(("X", 0, H, 0), ("M", H, H, 0), ("R", H, H, H)), "Γ X M Γ R X | M R"),
            "FCC" => (
                Table(("X", H, 0, H), ("W", H, 0.25, 0.75), ("K", 0.375, 0.375, 0.75), ("L", H, H, H), ("U", 0.625, 0.25, 0.625)),
                "Γ X W K Γ L U W L K | U X"),
            "BCC" => (Table(("H", H, -H, H), ("P", 0.25, 0.25, 0.25), ("N", 0, 0, H)), "Γ H N Γ P H | P N"),
            "TET" => (Table(("A", H, H, H), ("M", H, H, 0), ("R", 0, H, H), ("X", 0, H, 0), ("Z", 0, 0, H)), "Γ X M Γ Z R A Z | X R | M A"),
            "BCT" => BodyCentredTetragonal(a, c),
            "ORC" => (
                Table(("X", H, 0, 0), ("S", H, H, 0), ("Y", 0, H, 0), ("Z", 0, 0, H), ("U", H, 0, H), ("R", H, H, H), ("T", 0, H, H)),
                "Γ X S Y Γ Z U R T Z | Y T | U X | S R"),
            "ORCF" => FaceCentredOrthorhombic(a, b, c),
            "ORCI" => BodyCentredOrthorhombic(a, b, c),
            "ORCC" => BaseCentredOrthorhombic(a, b),
            "HEX" => (
                Table(("A", 0, 0, H), ("H", 1.0 / 3, 1.0 / 3, H), ("K", 1.0 / 3, 1.0 / 3, 0), ("L", H, 0, H), ("M", H, 0, 0)),
                "Γ M K Γ A L H A | L M | K H"),
            "RHL" => Rhombohedral(alpha),
            "MCL" => Monoclinic(b, c, alpha),
            "MCLC" => BaseCentredMonoclinic(a, b, c, alpha),
            _ => (
                Table(("X", H, 0, 0), ("Y", 0, H, 0), ("Z", 0, 0, H), ("L", H, H, 0), ("N", H, 0, H), ("M", 0, H, H), ("R", H, H, H)),
                "X Γ Y | L Γ Z | N Γ M | R Γ"),
        };
    }

    private static (Dictionary<string, Vec3>, string) BodyCentredTetragonal(double a, double c)
    {
        if (c < a)
        {
            double n = (1 + c * c / (a * a)) / 4;
            return (
                Table(("M", -H, H, H), ("N", 0, H, 0), ("P", 0.25, 0.25, 0.25), ("X", 0, 0, H), ("Z", n, n, -n), ("Z1", -n, 1 - n, n)),
                "Γ X M Γ Z P N Z1 M | X P");
        }
        double eta = (1 + a * a / (c * c)) / 4, zeta = a * a / (2 * c * c);
        return (
            Table(
                ("N", 0, H, 0), ("P", 0.25, 0.25, 0.25), ("Σ", -eta, eta, eta), ("Σ1", eta, 1 - eta, -eta), ("X", 0, 0, H), ("Y", -zeta, zeta, H), ("Y1", H, H, -zeta),
                ("Z", H, H, -H)),
            "Γ X Y Σ Γ Z Σ1 N P Y1 Z | X P");
    }

    private static (Dictionary<string, Vec3>, string) FaceCentredOrthorhombic(double a, double b, double c)
    {
        (double a2, double b2, double c2) = (a * a, b * b, c * c);
        double difference = 1 / a2 - 1 / b2 - 1 / c2;
        if (difference > -1e-6 / a2)
        {
            double zeta = (1 + a2 / b2 - a2 / c2) / 4, eta = (1 + a2 / b2 + a2 / c2) / 4;
            return (
                Table(
                    ("A", H, H + zeta, zeta), ("A1", H, H - zeta, 1 - zeta), ("L", H, H, H), ("T", 1, H, H), ("X", 0, eta, eta), ("X1", 1, 1 - eta, 1 - eta), ("Y", H, 0, H),
                    ("Z", H, H, 0)),
                difference > 1e-6 / a2 ? "Γ Y T Z Γ X A1 Y | T X1 | X A Z | L Γ" : "Γ Y T Z Γ X A1 Y | X A Z | L Γ");
        }
        double e = (1 + a2 / b2 - a2 / c2) / 4, d = (1 + b2 / a2 - b2 / c2) / 4, f = (1 + c2 / b2 - c2 / a2) / 4;
        return (
            Table(
                ("C", H, H - e, 1 - e), ("C1", H, H + e, e), ("D", H - d, H, 1 - d), ("D1", H + d, H, d), ("L", H, H, H), ("H", 1 - f, H - f, H), ("H1", f, H + f, H),
                ("X", 0, H, H), ("Y", H, 0, H), ("Z", H, H, 0)),
            "Γ Y C D X Γ Z D1 H C | C1 Z | X H1 | H Y | L Γ");
    }

    private static (Dictionary<string, Vec3>, string) BodyCentredOrthorhombic(double a, double b, double c)
    {
        double c2 = c * c, zeta = (1 + a * a / c2) / 4, eta = (1 + b * b / c2) / 4, delta = (b * b - a * a) / (4 * c2), mu = (a * a + b * b) / (4 * c2);
        return (
            Table(
                ("L", -mu, mu, H - delta), ("L1", mu, -mu, H + delta), ("L2", H - delta, H + delta, -mu), ("R", 0, H, 0), ("S", H, 0, 0), ("T", 0, 0, H),
                ("W", 0.25, 0.25, 0.25), ("X", -zeta, zeta, zeta), ("X1", zeta, 1 - zeta, -zeta), ("Y", eta, -eta, eta), ("Y1", 1 - eta, eta, -eta), ("Z", H, H, -H)),
            "Γ X L T W R X1 Z Γ Y S W | L1 Y | Y1 Z");
    }

    private static (Dictionary<string, Vec3>, string) BaseCentredOrthorhombic(double a, double b)
    {
        double z = (1 + a * a / (b * b)) / 4;
        return (
            Table(
                ("A", z, z, H), ("A1", -z, 1 - z, H), ("R", 0, H, H), ("S", 0, H, 0), ("T", -H, H, H), ("X", z, z, 0), ("X1", -z, 1 - z, 0), ("Y", -H, H, 0), ("Z", 0, 0, H)),
            "Γ X S R A Z Γ Y X1 A1 T Y | Z T");
    }

    private static (Dictionary<string, Vec3>, string) Rhombohedral(double alpha)
    {
        double cos = Math.Cos(alpha);
        if (cos > 0)
        {
            double eta = (1 + 4 * cos) / (2 + 4 * cos), nu = 0.75 - eta / 2;
            return (
                Table(
                    ("B", eta, H, 1 - eta), ("B1", H, 1 - eta, eta - 1), ("F", H, H, 0), ("L", H, 0, 0), ("L1", 0, 0, -H), ("P", eta, nu, nu), ("P1", 1 - nu, 1 - nu, 1 - eta),
                    ("P2", nu, nu, eta - 1), ("Q", 1 - nu, nu, 0), ("X", nu, 0, -nu), ("Z", H, H, H)),
                "Γ L B1 | B Z Γ X | Q F P1 Z | L P");
        }
        double e = 1 / (2 * Math.Pow(Math.Tan(alpha / 2), 2)), v = 0.75 - e / 2;
        return (
            Table(("F", H, -H, 0), ("L", H, 0, 0), ("P", 1 - v, -v, 1 - v), ("P1", v, v - 1, v - 1), ("Q", e, e, e), ("Q1", 1 - e, -e, -e), ("Z", H, -H, H)),
            "Γ P Z Q Γ F P1 Q1 L Z");
    }

    private static (Dictionary<string, Vec3>, string) Monoclinic(double b, double c, double alpha)
    {
        double cos = Math.Cos(alpha), sin2 = 1 - cos * cos, eta = (1 - b * cos / c) / (2 * sin2), nu = H - eta * c * cos / b;
        return (
            Table(
                ("A", H, H, 0), ("C", 0, H, H), ("D", H, 0, H), ("D1", H, 0, -H), ("E", H, H, H), ("H", 0, eta, 1 - nu), ("H1", 0, 1 - eta, nu), ("H2", 0, eta, -nu),
                ("M", H, eta, 1 - nu), ("M1", H, 1 - eta, nu), ("M2", H, eta, -nu), ("X", 0, H, 0), ("Y", 0, 0, H), ("Y1", 0, 0, -H), ("Z", H, 0, 0)),
            "Γ Y H C E M1 A X H1 | M D Z | Y D");
    }

    private static (Dictionary<string, Vec3>, string) BaseCentredMonoclinic(double a, double b, double c, double alpha)
    {
        double cos = Math.Cos(alpha), sin2 = 1 - cos * cos, tilt = b * cos / c, squares = b * b / (a * a);
        // The angle between the first two reciprocal vectors is 90° where b sin α = a.
        double gamma = 1 - squares * sin2;
        if (gamma < 1e-6)
        {
            double zeta = (2 - tilt) / (4 * sin2), eta = H + 2 * zeta * c * cos / b, psi = 0.75 - a * a / (4 * b * b * sin2), phi = psi + (0.75 - psi) * tilt;
            return (
                Table(
                    ("N", H, 0, 0), ("N1", 0, -H, 0), ("F", 1 - zeta, 1 - zeta, 1 - eta), ("F1", zeta, zeta, eta), ("F2", -zeta, -zeta, 1 - eta), ("I", phi, 1 - phi, H),
                    ("I1", 1 - phi, phi - 1, H), ("L", H, H, H), ("M", H, 0, H), ("X", 1 - psi, psi - 1, 0), ("X1", psi, 1 - psi, 0), ("X2", psi - 1, -psi, 0), ("Y", H, H, 0),
                    ("Y1", -H, -H, 0), ("Z", 0, 0, H)),
                gamma < -1e-6 ? "Γ Y F L I | I1 Z F1 | Y X1 | X Γ N | M Γ" : "Γ Y F L I | I1 Z F1 | N Γ M");
        }
        double kind = tilt + squares * sin2;
        if (kind < 1 + 1e-6)
        {
            double mu = (1 + squares) / 4, delta = b * c * cos / (2 * a * a), zeta = mu - 0.25 + (1 - tilt) / (4 * sin2), eta = H + 2 * zeta * c * cos / b;
            double phi = 1 + zeta - 2 * mu, psi = eta - 2 * delta;
            return (
                Table(
                    ("F", 1 - phi, 1 - phi, 1 - psi), ("F1", phi, phi - 1, psi), ("F2", 1 - phi, -phi, 1 - psi), ("H", zeta, zeta, eta), ("H1", 1 - zeta, -zeta, 1 - eta),
                    ("H2", -zeta, -zeta, 1 - eta), ("I", H, -H, H), ("M", H, 0, H), ("N", H, 0, 0), ("N1", 0, -H, 0), ("X", H, -H, 0), ("Y", mu, mu, delta),
                    ("Y1", 1 - mu, -mu, -delta), ("Y2", -mu, -mu, -delta), ("Y3", mu, mu - 1, delta), ("Z", 0, 0, H)),
                kind < 1 - 1e-6 ? "Γ Y F H Z I F1 | H1 Y1 X Γ N | M Γ" : "Γ Y F H Z I | H1 Y1 X Γ N | M Γ");
        }
        double z = (squares + (1 - tilt) / sin2) / 4, e = H + 2 * z * c * cos / b, m = e / 2 + squares / 4 - b * c * cos / (2 * a * a), v = 2 * m - z;
        double omega = (4 * v - 1 - squares * sin2) * c / (2 * b * cos), d = z * c * cos / b + omega / 2 - 0.25, rho = 1 - z / squares;
        return (
            Table(
                ("F", v, v, omega), ("F1", 1 - v, 1 - v, 1 - omega), ("F2", v, v - 1, omega), ("H", z, z, e), ("H1", 1 - z, -z, 1 - e), ("H2", -z, -z, 1 - e), ("I", rho, 1 - rho, H),
                ("I1", 1 - rho, rho - 1, H), ("L", H, H, H), ("M", H, 0, H), ("N", H, 0, 0), ("N1", 0, -H, 0), ("X", H, -H, 0), ("Y", m, m, d), ("Y1", 1 - m, -m, -d),
                ("Y2", -m, -m, -d), ("Y3", m, m - 1, d), ("Z", 0, 0, H)),
            "Γ Y F L I | I1 Z H F1 | H1 Y1 X Γ N | M Γ");
    }

    private static Dictionary<string, Vec3> Table(params (string Name, double X, double Y, double Z)[] points)
    {
        Dictionary<string, Vec3> table = new() { ["Γ"] = Vec3.Zero };
        foreach ((string name, double x, double y, double z) in points)
            table[name] = new Vec3(x, y, z);
        return table;
    }
}
