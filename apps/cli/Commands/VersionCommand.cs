using System.CommandLine;
using System.Reflection;

namespace Hdms.Cli.Commands;

internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version of this program.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Current));
        return command;
    }

    /// <summary>As <c>1.2.3</c>, followed by <c>+commit</c> in a build made from a repository.</summary>
    public static string Current { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
