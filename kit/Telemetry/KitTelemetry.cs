using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace Hdms.Kit.Telemetry;

/// <summary>Structured logs to standard output; traces and metrics by OpenTelemetry to <c>otlp</c>, when that is set.</summary>
public static class KitTelemetry
{
    /// <summary>Name of the meter and of the activity source that HDMS itself writes to.</summary>
    public const string Name = "hdms";

    public static void AddTelemetry(this WebApplicationBuilder builder, string service, IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(settings);
        var logging = builder.Logging;
        logging.SetMinimumLevel(Enum.TryParse<LogLevel>(settings["log_level"], ignoreCase: true, out var level) ? level : LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System.Net.Http", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        logging.AddFilter("Polly", LogLevel.Error);
        // Comes with authentication and makes keys at the first start; nothing here is protected with them.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);

        // The problem writer logs every failure once; the framework would log it again.
        logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.None);
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        logging.AddServiceConsole(service, settings);
        if (settings["otlp"] is not { Length: > 0 } otlp)
        {
            return;
        }

        if (!Uri.TryCreate(otlp, UriKind.Absolute, out var collector))
        {
            throw new SettingException("otlp", $"'{otlp}' is not the address of a collector; write http://127.0.0.1:4317.");
        }

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService($"hdms-{service}", serviceVersion: ProgramVersion.Text))
            .UseOtlpExporter(OpenTelemetry.Exporter.OtlpExportProtocol.Grpc, collector)
            .WithTracing(t => t.AddSource(Name, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"))
            .WithMetrics(m => m.AddMeter(Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Npgsql"));
    }
}
