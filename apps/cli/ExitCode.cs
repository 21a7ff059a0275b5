namespace Hdms.Cli;

/// <summary>What the shell learns from <c>hdms</c>; printed by <c>--help</c> and kept stable for scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
    public const int InUse = 3;
    public const int NoPostgres = 4;
    public const int Different = 5;
}
