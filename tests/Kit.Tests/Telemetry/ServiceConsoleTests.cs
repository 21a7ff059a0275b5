using Hdms.Kit.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Hdms.Kit.Tests.Telemetry;

public sealed class ServiceConsoleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_framework_logs_has_no_rows_in_it_either(bool json)
    {
        var fault = new PostgresException("duplicate key", "ERROR", "ERROR", "23505", detail: "Key (email)=(ada@example.org) already exists.", constraintName: "users_email");
        var entry = new LogEntry<string>(
            LogLevel.Error, "Microsoft.Extensions.Hosting.Internal.Host", new EventId(9), "BackgroundService failed", new InvalidOperationException("It ended.", fault), (state, _) => state);
        var line = new StringWriter();

        new ServiceLines(Options.Create(new ServiceLinesOptions { Who = "users", AsJson = json })).Write(entry, null, line);

        line.ToString().ShouldContain("duplicate key");
        line.ToString().ShouldContain("users_email");
        line.ToString().ShouldNotContain("ada@example.org");
    }
}
