namespace Csp.Physics.FirstPrinciples;

/// <summary>Environment variables under which pw.x (built with Open MPI) runs well as a child process.</summary>
internal static class PwEnvironment
{
    public static IReadOnlyDictionary<string, string> For(int processes, string folder)
    {
        Dictionary<string, string> variables = new()
        {
            ["OMP_NUM_THREADS"] = "1",
            ["OPENBLAS_NUM_THREADS"] = "1",
            ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
            ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
            ["OMPI_MCA_orte_tmpdir_base"] = folder,
            ["TMPDIR"] = folder,
        };
        if (processes == 1)
        {
            // A lone process needs neither a daemon nor a network: measured 0.35 s less per calculation.
            variables["OMPI_MCA_ess_singleton_isolated"] = "1";
            variables["OMPI_MCA_btl"] = "self";
            variables["OMPI_MCA_pml"] = "ob1";
        }
        else
        {
            // Waiting ranks give way to whoever else uses the machine.
            variables["OMPI_MCA_mpi_yield_when_idle"] = "1";
        }
        return variables;
    }
}
