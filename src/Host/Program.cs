using Csp.Host.Commands;
using Csp.Host.Errors;

try
{
    return await CommandLine.InvokeAsync(args);
}
catch (Exception e)
{
    return ErrorPolicy.Report(e);
}
