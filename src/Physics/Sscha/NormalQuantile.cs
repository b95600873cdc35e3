namespace Csp.Physics.Sscha;

/// <summary>Inverse of the normal distribution function: P. J. Acklam's rational approximations (2003), relative error below 1.2e-9.</summary>
internal static class NormalQuantile
{
    private static readonly double[] CentralTop = [-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239];
    private static readonly double[] CentralBottom = [-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01, 1];
    private static readonly double[] TailTop = [-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
    private static readonly double[] TailBottom = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1];

    /// <param name="p">Between 0 and 1, both excluded.</param>
    public static double Of(double p)
    {
        const double Tail = 0.02425;
        if (p > 0.5)
            return -Of(1 - p);
        if (p < Tail)
        {
            double t = Math.Sqrt(-2 * Math.Log(p));
            return Polynomial(TailTop, t) / Polynomial(TailBottom, t);
        }
        double q = p - 0.5, r = q * q;
        return q * Polynomial(CentralTop, r) / Polynomial(CentralBottom, r);
    }

    private static double Polynomial(double[] c, double x)
    {
        double sum = 0;
        foreach (double a in c)
            sum = sum * x + a;
        return sum;
    }
}
