using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets;

/// <summary>The tickets service: tickets, sub-tickets, approvals, clocks.</summary>
public static class TicketsService
{
    public static readonly ServiceDefinition Definition = new(
        Services.Tickets, SchemaScript.Of(typeof(TicketsService).Assembly, Services.Tickets.Name, Services.Tickets.Role), Build);

    static WebApplication Build(IConfiguration settings) => Build(settings, configure: null);

    /// <param name="configure">What a test puts in the place of the real thing, as the clock.</param>
    internal static WebApplication Build(IConfiguration settings, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddTickets(settings);
        configure?.Invoke(builder);
        return builder.Build().UseKit(MapTickets);
    }

    static void AddTickets(this IServiceCollection services, IConfiguration settings)
    {
        services.AddSingleton(TicketRules.Of(settings));
    }

    static void MapTickets(RouteGroupBuilder api)
    {
        _ = api;
    }
}
