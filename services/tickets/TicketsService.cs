using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Clients;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Hdms.Tickets.Approvals;
using Hdms.Tickets.Bulk;
using Hdms.Tickets.Catalogue;
using Hdms.Tickets.History;
using Hdms.Tickets.Links;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Requests;
using Hdms.Tickets.Sla;
using Hdms.Tickets.SubTickets;
using Hdms.Tickets.Tasks;
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
        Services.Tickets, SchemaScript.Of(typeof(TicketsService).Assembly, Services.Tickets.Name, Services.Tickets.Role), Build)
    {
        Reports = ReportView.Of(typeof(TicketsService).Assembly),
        State =
        [
            CategoryTable.FromEvents, SlaTemplateTable.FromEvents, CalendarTable.FromEvents, TicketTable.FromEvents, SubTicketTable.FromEvents,
            TicketRequestTable.FromEvents, ApprovalTable.FromEvents, SubstituteTable.FromEvents, TaskTable.FromEvents, LinkTable.FromEvents,
        ],
    };

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
        services.AddParticipants(new TicketTable(rules));
        services.AddAttachments();
        services.AddSingleton<IDoctorCheck, LeftBehind>();
        services.AddSingleton<TimerActions>();
        services.AddSingleton<TimerHold>();
        services.AddBulk();
        services.AddHostedService<SlaSeeds>();
        // A command that does something by this service's code is no time for what is due.
        if (settings.Flag("tickets_timers", true))
        {
            services.AddHostedService<TimerScheduler>();
        }
    }

    static void MapTickets(RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        ListTickets.Map(reads);
        GetTicket.Map(reads);
        GetTicketByOldId.Map(reads);

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

        HoldDepartment.Map(api);
        SeeTickets.Map(api);

        api.MapBulk();
        api.MapSubTickets();
        api.MapRequests();
        api.MapApprovals();
        api.MapTasks();
        api.MapLinks();
        api.MapSla();
        api.MapCatalogue();
    }
}
