using System.CommandLine;
using Hdms.Cli;
using Hdms.Cli.Commands;
using Hdms.Cli.Migrate;
using Hdms.Cli.Rollback;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Hdms.Kit.Schema;
using Npgsql;

using var signals = new Signals();
var root = new RootCommand("HDMS: the help desk, its services, their databases.")
{
    UpCommand.Create(signals),
    ServeCommand.Create(signals),
    MigrateSchemaCommand.Create(),
    BackupCommand.Create(),
    MigrateCommand.Create(),
    RollbackCommand.Create(),
    EventsCommand.Create(),
    ViewsCommand.Create(),
    SagasCommand.Create(),
    MakeAdminCommand.Create(),
    DoctorCommand.Create(),
    DemoCommand.Create(),
    ImportCommand.Create(),
    PsqlCommand.Create(),
    VersionCommand.Create(),
};
foreach (var option in CommonOptions.All)
    root.Options.Add(option);
Help.Extend(root);

try
{
    var parsed = root.Parse(args);
    // Signals are ours: an orderly end may take longer than the two seconds that the library would give it.
    var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    var code = await parsed.InvokeAsync(invocation, signals.Stop);
    return parsed.Errors.Count > 0 ? ExitCode.WrongUsage : code;
}
catch (OneLineError e)
{
    return Say(e.Message, e.Code);
}
catch (SettingException e)
{
    return Say(e.Message, ExitCode.WrongUsage);
}
catch (PgSplit.PgSplitException e)
{
    return Say(e.Remedy is { } remedy ? $"{e.Message}: {remedy}" : e.Message, e.ExitCode == PgSplit.ExitCode.BadInput ? ExitCode.WrongUsage : ExitCode.Failed);
}
catch (Exception e) when (e is SchemaException or RebuildException or NpgsqlException or Refusal)
{
    return Say(e.Message, ExitCode.Failed);
}
catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
{
    return Say("interrupted.", ExitCode.Interrupted);
}

static int Say(string message, int code)
{
    Console.Error.WriteLine($"hdms: {message}");
    return code;
}
