using Hdms.Contracts;
using Hdms.Kit.Rebuild;
using Hdms.Kit.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Hdms.Kit.Hosting;

/// <summary>What a host needs to know of a service to run it, migrate its schema and back it up.</summary>
/// <param name="Build">Makes the service's application from the settings; it is not started yet.</param>
public sealed record ServiceDefinition(
    Service Service, IReadOnlyList<SchemaScript> Scripts, Func<IConfiguration, WebApplication> Build)
{
    /// <summary>Members of its events' data that only services are given by its feed, and no service account.</summary>
    public IReadOnlyList<string> ForServicesOnly { get; init; } = [];

    /// <summary>Its tables that are made from events. What proves who somebody is, as passwords and keys, is in others.</summary>
    public IReadOnlyList<StateTable> State { get; init; } = [];

    /// <summary>Its tables that are made from other services' feeds, and can be made anew from them (<see cref="NextCopy"/>).</summary>
    public IReadOnlyList<string> FromFeeds { get; init; } = [];

    /// <summary>What people may read of its tables, across services (<c>hdms psql report</c>).</summary>
    public IReadOnlyList<ReportView> Reports { get; init; } = [];

    /// <summary>What <c>hdms doctor</c> looks at beside the kit's own checks, also while the service is down.</summary>
    public Func<IConfiguration, IReadOnlyList<IDoctorCheck>> Checks { get; init; } = static _ => [];

    public SchemaRunner Schema => new(Service.Name, Scripts, Reports);
}
