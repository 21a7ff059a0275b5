namespace Hdms.Contracts;

/// <summary>A service of HDMS: its name, the port it listens on when it is a process of its own, and the paths it answers.</summary>
/// <param name="Name">Lower case; also the prefix of its tables, its feed and its settings.</param>
/// <param name="Port">Port on the loopback interface under <c>hdms serve NAME</c> (DESIGN section 4).</param>
/// <param name="Paths">Path prefixes it answers; <c>*</c> stands for one segment. The longest match wins.</param>
public sealed record Service(string Name, int Port, IReadOnlyList<string> Paths)
{
    public const string Api = "/api/v1";

    public string Feed => $"{Api}/{Name}/events";

    /// <summary>The PostgreSQL role that the service signs in as: it may read and write rows of its own tables, nothing else.</summary>
    public string Role => $"hdms_{Name}";

    /// <summary>The PostgreSQL role that owns the service's tables and runs its schema scripts.</summary>
    public string OwnerRole => $"hdms_{Name}_owner";

    /// <summary>The schema in which its tables are made anew while the old ones are read; null where they are made of its own events, in place.</summary>
    public string? CopySchema { get; init; }

    /// <summary>The database that is the service's own in phase 2.</summary>
    public string OwnDatabase => $"hdms_{Name}";
}

/// <summary>Every service there is. The one-process host, nginx's file and the tests are made from this list.</summary>
public static class Services
{
    /// <summary>The database that all services share in phase 1.</summary>
    public const string SharedDatabase = "hdms_db";

    public static readonly Service Users = new("users", 8001,
    [
        "/api/v1/auth", "/api/v1/users", "/api/v1/departments", "/api/v1/access-requests", "/api/v1/service-accounts",
        "/api/v1/bulk-jobs/users", "/api/v1/audit/users", "/.well-known",
    ]);

    public static readonly Service Tickets = new("tickets", 8002,
    [
        "/api/v1/tickets", "/api/v1/subtickets", "/api/v1/approvals", "/api/v1/substitutes", "/api/v1/ticket-requests", "/api/v1/tasks",
        "/api/v1/sla-templates", "/api/v1/calendars", "/api/v1/categories", "/api/v1/bulk-jobs/tickets", "/api/v1/audit/tickets",
    ]);

    /// <summary>What it has of tickets is deeper than the tickets service's own path, so it wins.</summary>
    public static readonly Service Communication = new("communication", 8003,
    [
        "/api/v1/communication", "/api/v1/messages", "/api/v1/notifications", "/api/v1/live", "/api/v1/webhooks", "/api/v1/audit/communication",
        "/api/v1/tickets/*/messages", "/api/v1/tickets/*/participants", "/api/v1/tickets/*/presence",
    ]);

    /// <summary>Its attachments of tickets, sub-tickets and messages are deeper than those services' own paths, so they win.</summary>
    public static readonly Service Files = new("files", 8005,
    [
        "/api/v1/files", "/api/v1/tickets/*/attachments", "/api/v1/subtickets/*/attachments", "/api/v1/messages/*/attachments", "/api/v1/audit/files",
    ]);

    /// <summary>The read side: it owns nothing of the others', and tells what it has heard of them.</summary>
    public static readonly Service Views = new("views", 8006,
    [
        "/api/v1/views", "/api/v1/board", "/api/v1/search", "/api/v1/dashboard", "/api/v1/reports", "/api/v1/saved-views",
    ])
    {
        CopySchema = "views_next",
    };

    public static readonly IReadOnlyList<Service> All = [Users, Tickets, Communication, Files, Views];

    public static Service Named(string name) =>
        All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"There is no service '{name}'. Known: {string.Join(", ", All.Select(s => s.Name))}.", nameof(name));
}
