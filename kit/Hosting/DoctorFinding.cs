using Npgsql;

namespace Hdms.Kit.Hosting;

/// <summary>How bad it is.</summary>
public enum Severity
{
    /// <summary>Good to know; nothing is wrong.</summary>
    Note,

    /// <summary>It works, but not as it should; it may pass by itself.</summary>
    Warning,

    /// <summary>Somebody has to do something; it does not pass by itself.</summary>
    Error,
}

/// <summary>Something that an operator should know.</summary>
/// <param name="Service">Whose it is; null when it is of all.</param>
/// <param name="What">What is so, with names and numbers, and no personal data.</param>
/// <param name="Remedy">What to do, as a command where there is one.</param>
public sealed record DoctorFinding(Severity Severity, string? Service, string What, string Remedy);

/// <summary>Looks for one kind of trouble in a service's database. It only reads, and needs nothing but a connection, so that it also works while the service is down.</summary>
public interface IDoctorCheck
{
    /// <returns>Empty when all is well.</returns>
    Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct);
}
