using System.Net;
using Csp.Actors.Runs;
using Csp.Host.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Csp.Host.Endpoints;

/// <summary>The small web server of a host: bound to 127.0.0.1, reads nothing but its own paths, and changes nothing.</summary>
public static class LoopbackWeb
{
    /// <param name="port">0 = any free port.</param>
    public static WebApplicationBuilder CreateBuilder(int port)
    {
        // Empty: no appsettings.json or environment of the working directory decides anything here.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        builder.Logging.SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning);
        return builder;
    }

    /// <summary>Meters of this program and of the runtime, for <c>/metrics</c>.</summary>
    public static IServiceCollection AddCspMetrics(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Csp.*").AddMeter("System.Runtime").AddPrometheusExporter());
        return services;
    }

    public static void MapStatusPages(this WebApplication app)
    {
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapGet("/status", static async (HttpContext context) =>
        {
            IRunStatusSource source = context.RequestServices.GetRequiredService<IRunStatusSource>();
            RunStatus? status = await source.TryGetAsync(TimeSpan.FromSeconds(5), context.RequestAborted);
            if (status is null)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }
            await context.Response.WriteAsJsonAsync(status, JsonText.Options, context.RequestAborted);
        });
    }
}
