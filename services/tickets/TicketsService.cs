using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Clients;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Hdms.Tickets.Bulk;
using Hdms.Tickets.Catalogue;
using Hdms.Tickets.History;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;
using Hdms.Tickets.Timers;
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
        services.AddServiceClient<UsersClient>(Services.Users, settings);
        var rules = TicketRules.Of(settings);
        services.AddSingleton(rules);
        services.AddSingleton<UsersDirectory>();
        services.AddSingleton<TicketTable>();
        services.AddSingleton<TicketDesk>();
        services.AddSingleton<TicketPast>();
        services.AddSingleton<RefusedActions>();
        services.AddSingleton(TicketsAudit.Show);
        services.AddOrganisation(new TicketTable(rules));
        services.AddSingleton<TimerActions>();
        services.AddSingleton<TimerHold>();
        services.AddBulk();
        services.AddHostedService<SlaSeeds>();
        services.AddHostedService<TimerScheduler>();
    }

    static void MapTickets(RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        ListTickets.Map(reads);
        GetTicket.Map(reads);

        CreateTicket.Map(api);
        EditTicket.Map(api);
        DiscardTicket.Map(api);
        foreach (var action in TicketActions.All)
        {
            action.Map(api);
        }

        ChangeStatus.Map(api);
        GetTicketHistory.Map(api);
        SearchAudit.Map(api);

        api.MapBulk();
        api.MapSla();
        api.MapCatalogue();
    }
}
