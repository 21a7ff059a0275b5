using System.Collections.Frozen;
using System.Diagnostics;
using System.Security.Claims;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Feeds;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Http;

/// <summary>Who asks, from where, and under which key: what a unit of work and its events record. Handlers take it as a parameter.</summary>
public sealed record Caller
{
    static readonly IReadOnlySet<string> NoScopes = FrozenSet<string>.Empty;

    /// <summary>The person; null for a service, a service account or the system itself.</summary>
    public Guid? UserId { get; init; }

    public Role? Role { get; init; }

    public Guid? DepartmentId { get; init; }

    public bool IsCeo { get; init; }

    public bool IsApprover { get; init; }

    public bool IsAnalyst { get; init; }

    public Guid? SessionId { get; init; }

    /// <summary>The calling service's name; null for people.</summary>
    public string? Service { get; init; }

    /// <summary>The service account, when an integrator's key was exchanged for the token.</summary>
    public Guid? ServiceAccountId { get; init; }

    public IReadOnlySet<string> Scopes { get; init; } = NoScopes;

    public string? Address { get; init; }

    /// <summary>W3C trace id; the correlation id from browser to SQL.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The event that led to this, when a feed reader acts.</summary>
    public string? CausationId { get; init; }

    public IdempotentCall? Idempotent { get; init; }

    /// <summary>The position in this service's own log that the caller has heard of and wants to find read (<c>X-HDMS-Position</c>).</summary>
    public LogPosition? After { get; init; }

    public bool IsService => Service is not null;

    public bool IsAdmin => Role == Contracts.Role.Admin;

    /// <summary>The system itself, as a scheduler or a start-up task.</summary>
    public static Caller System(string? correlationId = null, string? causationId = null) => new()
    {
        CorrelationId = correlationId ?? Activity.Current?.TraceId.ToHexString(),
        CausationId = causationId,
    };

    /// <summary>The signed-in person's id, or 403 when it is no person who asks.</summary>
    public Guid Person => UserId ?? throw Refusal.Forbidden("Only a person can do this.");

    /// <summary>403 unless the caller is an admin, or a service account with <paramref name="scope"/>.</summary>
    public void MustBeAdmin(string? scope = null)
    {
        if (!IsAdmin && (scope is null || !Scopes.Contains(scope)))
        {
            throw Refusal.Forbidden("Only an admin may do this.");
        }
    }

    /// <summary>Binds the parameter of a handler; called by the framework.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return ValueTask.FromResult<Caller?>(Of(http));
    }

    public static Caller Of(HttpContext http)
    {
        var user = http.User;
        return new Caller
        {
            UserId = Id(user, Claims.Subject),
            Role = Enum.TryParse<Role>(user.FindFirstValue(Claims.Role), ignoreCase: true, out var role) ? role : null,
            DepartmentId = Id(user, Claims.Department),
            IsCeo = user.HasClaim(Claims.Flag, "ceo"),
            IsApprover = user.HasClaim(Claims.Flag, "approver"),
            IsAnalyst = user.HasClaim(Claims.Flag, "analyst"),
            SessionId = Id(user, Claims.Session),
            Service = user.FindFirstValue(Claims.Service),
            ServiceAccountId = Id(user, Claims.ServiceAccount),
            Scopes = user.HasClaim(c => c.Type == Claims.Scope)
                ? user.FindAll(Claims.Scope).SelectMany(c => c.Value.Split(' ')).ToHashSet(StringComparer.Ordinal)
                : NoScopes,
            Address = http.Connection.RemoteIpAddress?.ToString(),
            CorrelationId = ProblemWriter.TraceId(http),
            Idempotent = http.Features.Get<IdempotentCall>(),
            After = http.Features.Get<ReadAfter>()?.Position,
        };
    }

    static Guid? Id(ClaimsPrincipal user, string claim) => Guid.TryParse(user.FindFirstValue(claim), out var id) ? id : null;
}
