using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Hdms.Kit.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Hdms.Kit.Telemetry;

/// <summary>
/// One line for each event, with the name of who says it, so that several services can share a console:
/// <c>14:01:31 warn users    The database did not answer a request</c>, or a JSON object with <c>log_format: json</c>.
/// </summary>
public static class ServiceConsole
{
    /// <param name="who">The service's name, or <c>hdms</c>.</param>
    public static ILoggingBuilder AddServiceConsole(this ILoggingBuilder logging, string who, IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(logging);
        ArgumentNullException.ThrowIfNull(settings);
        logging.AddConsole(o => o.FormatterName = ServiceLines.FormatterName);
        logging.AddConsoleFormatter<ServiceLines, ServiceLinesOptions>(o =>
        {
            o.Who = who;
            o.AsJson = settings["log_format"] == "json";
            o.InColour = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 };
        });

        // A terminal that somebody has stopped with Ctrl-S must not stop the services.
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        return logging;
    }
}

sealed class ServiceLinesOptions : ConsoleFormatterOptions
{
    public string Who { get; set; } = "";

    public bool AsJson { get; set; }

    public bool InColour { get; set; }
}

sealed class ServiceLines(IOptions<ServiceLinesOptions> options) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "hdms";

    readonly ServiceLinesOptions _options = options.Value;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        // Our own messages see to this themselves; the framework's do not.
        var exception = logEntry.Exception is { } e ? DatabaseFaults.WithoutRows(e) : null;
        textWriter.WriteLine(_options.AsJson ? Json(logEntry, message, exception) : Line(logEntry.LogLevel, message, exception));
    }

    string Line(LogLevel level, string message, Exception? exception)
    {
        var (word, colour) = level switch
        {
            LogLevel.Critical => ("crit", "\e[1;31m"),
            LogLevel.Error => ("fail", "\e[31m"),
            LogLevel.Warning => ("warn", "\e[33m"),
            LogLevel.Information => ("info", "\e[32m"),
            _ => ("dbug", "\e[90m"),
        };
        var line = new StringBuilder().Append(TimeProvider.System.GetLocalNow().ToString("HH:mm:ss", null)).Append(' ');
        line.Append(_options.InColour ? $"{colour}{word}\e[0m" : word).Append(' ').Append(_options.Who.PadRight(8)).Append(' ');
        foreach (var c in message)
        {
            // What came from outside must not make lines of its own, nor steer a terminal.
            line.Append(char.IsControl(c) ? ' ' : c);
        }

        if (level >= LogLevel.Warning && Activity.Current is { } request)
        {
            line.Append(" trace_id=").Append(request.TraceId.ToHexString());
        }

        return exception is null ? line.ToString() : line.AppendLine().Append(exception).ToString();
    }

    string Json<TState>(in LogEntry<TState> entry, string message, Exception? exception)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["time"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", null),
            ["level"] = entry.LogLevel.ToString().ToLowerInvariant(),
            ["service"] = _options.Who,
            ["event"] = entry.EventId.Id,
            ["category"] = entry.Category,
            ["message"] = message,
        };
        foreach (var (name, value) in entry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
        {
            if (name != "{OriginalFormat}")
            {
                values.TryAdd(name, value is string or null || value.GetType().IsPrimitive ? value : value.ToString());
            }
        }

        if (Activity.Current is { } request)
        {
            values["trace_id"] = request.TraceId.ToHexString();
        }

        if (exception is not null)
        {
            values["exception"] = exception.ToString();
        }

        return JsonSerializer.Serialize(values);
    }
}
