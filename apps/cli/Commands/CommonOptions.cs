using System.CommandLine;

namespace Hdms.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Data = new("--data")
    {
        Description = "The data directory [default: .hdms beside the program; setting data]",
        HelpName = "DIR",
        Recursive = true,
    };

    public static readonly Option<string?> Config = new("--config")
    {
        Description = "The settings file [default: hdms.yaml beside the data directory, else here]",
        HelpName = "FILE",
        Recursive = true,
    };

    public static readonly Option<string?> PgBin = new("--pg-bin")
    {
        Description = "Where PostgreSQL's programs are [setting pg_bin]",
        HelpName = "DIR",
        Recursive = true,
    };

    public static IEnumerable<Option> All => [Data, Config, PgBin];
}
