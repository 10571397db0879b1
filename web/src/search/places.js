// Names of places and where they are, about their middle: enough to say what is nearest. A name that several places have is written
// with its town. The first number of a line is how wide a map must be, in km, above which the name is left out.

import { Topic } from "../lib/topic.js";

const lines = [
	// Oslo, by neighbourhood
	[14, "Majorstua 59.929 10.714;Frogner 59.919 10.705;Grünerløkka 59.923 10.759;Sagene 59.938 10.756;St. Hanshaugen 59.927 10.738;Gamle Oslo 59.907 10.773;Grønland 59.912 10.763;Tøyen 59.914 10.774;Torshov 59.935 10.772;Bjølsen 59.942 10.762;Nydalen 59.949 10.765;Ullevål 59.941 10.733;Blindern 59.940 10.722;Vinderen 59.943 10.704;Smestad 59.937 10.684;Skøyen 59.922 10.679;Bygdøy 59.906 10.683;Ullern 59.925 10.655;Lilleaker 59.919 10.637;Røa 59.947 10.643;Hovseter 59.948 10.654;Holmenkollen 59.960 10.667;Vestre Aker 59.958 10.680;Nordberg 59.954 10.735;Kjelsås 59.964 10.782;Grefsen 59.951 10.781;Nordre Aker 59.955 10.760;Storo 59.946 10.778;Sinsen 59.938 10.783;Løren 59.929 10.795;Hasle 59.925 10.799;Bjerke 59.940 10.808;Økern 59.929 10.806;Helsfyr 59.913 10.802;Ensjø 59.914 10.789;Kampen 59.913 10.781;Vålerenga 59.908 10.787;Bryn 59.909 10.814;Manglerud 59.897 10.813;Ryen 59.895 10.804;Ekeberg 59.898 10.767;Nordstrand 59.866 10.788;Lambertseter 59.873 10.810;Bøler 59.884 10.846;Oppsal 59.893 10.842;Østensjø 59.888 10.828;Tveita 59.914 10.842;Alna 59.932 10.835;Furuset 59.941 10.897;Ellingsrud 59.935 10.917;Trosterud 59.929 10.866;Stovner 59.962 10.924;Romsås 59.963 10.893;Ammerud 59.958 10.872;Grorud 59.961 10.882;Veitvet 59.945 10.848;Holmlia 59.833 10.797;Mortensrud 59.849 10.829;Søndre Nordstrand 59.838 10.812;Aker Brygge 59.910 10.727;Sentrum (Oslo) 59.913 10.741;Bislett 59.925 10.732;Adamstuen 59.933 10.736;Lindern 59.936 10.740;Fagerborg 59.931 10.727;Homansbyen 59.923 10.727;Briskeby 59.921 10.719;Uranienborg 59.923 10.718"],
	// around Oslo
	[70, "Lysaker 59.913 10.636;Stabekk 59.908 10.607;Bekkestua 59.918 10.586;Sandvika 59.890 10.526;Fornebu 59.897 10.618;Kolsås 59.916 10.502;Rykkinn 59.927 10.480;Lommedalen 59.950 10.473;Asker 59.834 10.435;Slependen 59.876 10.500;Heggedal 59.784 10.449;Kolbotn 59.811 10.802;Ski 59.719 10.836;Ås 59.664 10.793;Drøbak 59.663 10.631;Nesodden 59.853 10.661;Vestby 59.604 10.748;Lørenskog 59.928 10.964;Strømmen 59.948 11.010;Lillestrøm 59.956 11.049;Skedsmokorset 60.008 11.031;Nittedal 60.057 10.868;Rælingen 59.933 11.057;Fetsund 59.927 11.166;Jessheim 60.142 11.175;Eidsvoll 60.331 11.262;Gardermoen 60.194 11.100"],
	[450, "Drammen 59.744 10.205;Kongsberg 59.669 9.650;Hønefoss 60.168 10.257;Moss 59.434 10.658;Fredrikstad 59.218 10.930;Sarpsborg 59.284 11.110;Halden 59.123 11.387;Askim 59.583 11.162;Tønsberg 59.267 10.408;Horten 59.417 10.483;Sandefjord 59.131 10.217;Larvik 59.053 10.035;Holmestrand 59.489 10.315;Skien 59.209 9.609;Porsgrunn 59.141 9.656;Notodden 59.563 9.264;Kongsvinger 60.191 12.003;Hamar 60.795 11.068;Gjøvik 60.796 10.692;Elverum 60.882 11.563;Lillehammer 61.115 10.466;Raufoss 60.725 10.617;Fagernes 60.986 9.233;Gol 60.701 8.956"],
	[2500, "Oslo 59.913 10.752;Arendal 58.461 8.772;Grimstad 58.340 8.593;Kristiansand 58.147 7.996;Mandal 58.029 7.453;Flekkefjord 58.297 6.661;Egersund 58.451 6.003;Stavanger 58.970 5.733;Sandnes 58.852 5.735;Bryne 58.735 5.648;Haugesund 59.414 5.268;Stord 59.779 5.500;Bergen 60.393 5.324;Voss 60.629 6.415;Førde 61.452 5.857;Florø 61.600 5.033;Sogndal 61.229 7.101;Ålesund 62.472 6.155;Volda 62.147 6.070;Molde 62.738 7.160;Kristiansund 63.111 7.728;Røros 62.575 11.384;Trondheim 63.430 10.395;Orkanger 63.300 9.850;Stjørdal 63.469 10.918;Levanger 63.746 11.300;Steinkjer 64.015 11.495;Namsos 64.466 11.496;Mosjøen 65.837 13.191;Mo i Rana 66.313 14.143;Bodø 67.280 14.405;Fauske 67.259 15.393;Svolvær 68.234 14.568;Narvik 68.438 17.427;Harstad 68.799 16.542;Finnsnes 69.230 17.982;Tromsø 69.649 18.956;Alta 69.969 23.272;Hammerfest 70.663 23.682;Kirkenes 69.727 30.045;Vadsø 70.074 29.749"],
	// Bergen, Trondheim and Stavanger, by neighbourhood
	[14, "Åsane 60.467 5.324;Fana 60.290 5.330;Fyllingsdalen 60.350 5.295;Laksevåg 60.388 5.295;Landås 60.366 5.366;Loddefjord 60.363 5.236;Nesttun 60.319 5.353;Sandviken 60.411 5.322;Ytrebygda 60.290 5.263;Arna 60.420 5.467;Heimdal 63.351 10.356;Lade 63.446 10.446;Moholt 63.413 10.434;Byåsen 63.410 10.350;Strinda 63.417 10.450;Ranheim 63.427 10.537;Tiller 63.355 10.380;Madla 58.955 5.680;Hillevåg 58.948 5.740;Hundvåg 58.996 5.731;Tasta 58.987 5.699;Storhaug 58.970 5.755"],
];

let read = null;
export const changedPlaces = new Topic();

// More lines, which come with the other pages.
export function addPlaces(more) {
	lines.push(...more);
	read = null;
	changedPlaces.changed();
}

// Read when somebody first asks for a place: the first rows do not.
export const gazetteer = () => (read ??= lines.flatMap(([width, text]) => text.split(";").map((line) => {
	const [, name, lat, lon] = /^(.*) (\S+) (\S+)$/.exec(line);
	return { name, width, lat: Number(lat), lon: Number(lon) };
})));
