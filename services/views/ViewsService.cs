using Hdms.Contracts;
using Hdms.Kit.Feeds;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Hdms.Views.Board;
using Hdms.Views.Dashboard;
using Hdms.Views.Following;
using Hdms.Views.Reports;
using Hdms.Views.Saved;
using Hdms.Views.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Views;

/// <summary>The read side: what the other services tell, put together for reading (DESIGN section 7).</summary>
public static class ViewsService
{
    public static readonly ServiceDefinition Definition = new(
        Services.Views, SchemaScript.Of(typeof(ViewsService).Assembly, Services.Views.Name, Services.Views.Role), Build)
    {
        State = [SavedViewTable.FromEvents, ChosenColumnsTable.FromEvents],
        FromFeeds =
        [
            "view_writer", "view_tickets", "view_messages", "view_participants", "view_files", "view_substitutes", "view_calendars", "view_users",
            "view_departments", "view_team_members",
        ],
    };

    static WebApplication Build(IConfiguration settings) => Build(settings, configure: null);

    /// <param name="configure">What a test puts in the place of the real thing, as the clock.</param>
    internal static WebApplication Build(IConfiguration settings, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddViews(settings);
        configure?.Invoke(builder);
        return builder.Build().UseKit(MapViews);
    }

    static void AddViews(this IServiceCollection services, IConfiguration settings)
    {
        services.AddSingleton(ViewsRules.Of(settings));
        services.AddFeedReader("organisation", Services.Users, FollowUsers.Handle);
        services.AddFeedReader("tickets", Services.Tickets, FollowTickets.Handle);
        services.AddFeedReader("talk", Services.Communication, FollowTalk.Handle);
        services.AddFeedReader("files", Services.Files, FollowFiles.Handle);
    }

    static void MapViews(RouteGroupBuilder api)
    {
        ShowBoard.Map(api);
        SearchTickets.Map(api);
        ShowDashboard.Map(api);
        ExportTickets.Map(api);
        ExportWorkload.Map(api);
        ListSavedViews.Map(api);
        SaveView.Map(api);
        DeleteSavedView.Map(api);
        ChooseColumns.Map(api);
    }
}
