using Hdms.Kit.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Hdms.Cli;

internal static class CliLog
{
    /// <summary>The log of the program itself, in the same lines as its services'.</summary>
    public static ILoggerFactory Create(IConfiguration settings) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Error);
        logging.AddServiceConsole("hdms", settings);
    });

    /// <summary>For a command whose own answer is on standard output: warnings only, and not there.</summary>
    public static ILoggerFactory CreateAside(IConfiguration settings) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddServiceConsole("hdms", settings);
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    });
}
